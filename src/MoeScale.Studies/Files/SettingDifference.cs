namespace MoeScale.Studies.Files;

/// <summary>A setting that two cells of one name have otherwise.</summary>
/// <param name="Key">Of config.json: "model.d_ff".</param>
/// <param name="Before">There, as JSON; "absent" where it is not.</param>
/// <param name="Now">Here.</param>
public sealed record SettingDifference(string Key, string Before, string Now)
{
    /// <summary>"model.d_ff is 64 there and 96 now".</summary>
    public override string ToString() => $"{Key} is {Before} there and {Now} now";
}
