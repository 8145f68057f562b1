using System.Globalization;

namespace MoeScale.Exchange.Export;

/// <summary>Numbers as scripts of the shell and of Python have them: "0.0003", "1e-08".</summary>
internal static class ScriptNumber
{
    public static string Of(double value) => value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
}
