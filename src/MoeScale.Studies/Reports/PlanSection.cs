using System.Globalization;
using System.Text;
using System.Text.Json;
using MoeScale.Basics;
using MoeScale.Studies.Folders;

namespace MoeScale.Studies.Reports;

/// <summary>The plans, from plan.json.</summary>
internal static class PlanSection
{
    public static void Write(StringBuilder text, StudyFolder folder)
    {
        if (!File.Exists(folder.PlanPath))
        {
            return;
        }
        try
        {
            Write(text, JsonText.Parse(TextFile.Read(folder.PlanPath)));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException)
        {
            throw new UserException($"{folder.PlanPath} is damaged. Remove it, and 'study report' makes it again.");
        }
    }

    private static void Write(StringBuilder text, JsonElement root)
    {
        JsonElement[] plans = [.. root.GetProperty("plans").EnumerateArray()];
        // The fit's own are told under the law.
        string[] warnings =
        [
            .. plans
                .Append(root)
                .SelectMany(p => p.GetProperty("warnings").EnumerateArray())
                .Where(w => w.GetProperty("kind").GetString() is not ("fit_warned" or "fit_interrupted"))
                .Select(w => w.GetProperty("text").GetString()!)
                .Distinct(),
        ];
        if (plans.Length + warnings.Length == 0)
        {
            return;
        }
        text.Append("## What to train\n\n");
        if (plans.Length > 0)
        {
            text.Append(
                "By the fitted law; intervals leave out 5 % of the draws of its coefficients on each side, with sizes continuous.\n\n"
            );
            ReportSections.Table(
                text,
                ["FLOPs", "E", "G", "active parameters", "interval", "tokens", "interval", "loss", "interval", "outside the runs"],
                plans.Select(Row)
            );
        }
        ReportSections.List(text, warnings);
    }

    private static string[] Row(JsonElement plan)
    {
        string flops = plan.GetProperty("budget").GetProperty("flops").GetDouble().ToString("0.##e0", CultureInfo.InvariantCulture);
        JsonElement best = plan.GetProperty("best");
        if (best.ValueKind == JsonValueKind.Null)
        {
            return [flops, "", "", "nothing fits", "", "", "", "", "", ""];
        }
        JsonElement intervals = plan.GetProperty("intervals");
        return
        [
            flops,
            Number("experts").ToString("0.##", CultureInfo.InvariantCulture),
            Number("granularity").ToString("0.##", CultureInfo.InvariantCulture),
            Quantity.FormatCount(Number("active_params")),
            Interval("active_params", Quantity.FormatCount),
            Quantity.FormatCount(Number("tokens")),
            Interval("tokens", Quantity.FormatCount),
            Number("loss").ToString("0.0000", CultureInfo.InvariantCulture),
            Interval("loss", v => v.ToString("0.000", CultureInfo.InvariantCulture)),
            string.Join("; ", best.GetProperty("outside_range").EnumerateArray().Select(o => o.GetString())),
        ];

        double Number(string name) => best.GetProperty(name).GetDouble();

        string Interval(string name, Func<double, string> show) =>
            intervals.ValueKind == JsonValueKind.Object && intervals.GetProperty(name) is { ValueKind: JsonValueKind.Array } ends
                ? $"{show(ends[0].GetDouble())} to {show(ends[1].GetDouble())}"
                : "";
    }
}
