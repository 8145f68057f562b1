namespace MoeScale.Laws.Fitting.Searching;

/// <summary>The best ends of descents so far; a lower index wins a tie, so that the order of arrival does not matter.</summary>
internal sealed class BestEnds
{
    private const int Max = 64;

    private readonly Lock _lock = new();
    private readonly List<End> _all = [];

    /// <param name="Value">By which it is ranked, lowest first.</param>
    /// <param name="Index">Which descent.</param>
    /// <param name="X">Coordinates.</param>
    public sealed record End(double Value, int Index, double[] X);

    /// <summary>The best first.</summary>
    public IReadOnlyList<End> All => _all;

    public void Offer(double value, int index, double[] x)
    {
        lock (_lock)
        {
            if (!double.IsFinite(value) || (_all.Count == Max && !IsBefore(value, index, _all[^1])))
            {
                return;
            }
            int place = _all.FindIndex(e => IsBefore(value, index, e));
            _all.Insert(place < 0 ? _all.Count : place, new End(value, index, [.. x]));
            if (_all.Count > Max)
            {
                _all.RemoveAt(Max);
            }
        }
    }

    /// <summary>The best ends that differ in height.</summary>
    public IReadOnlyList<End> Distinct(int most)
    {
        List<End> distinct = [];
        foreach (End end in _all)
        {
            bool isOther = distinct.Count == 0 || Minimum.IsHigher(end.Value, distinct[^1].Value);
            if (isOther && distinct.Count < most)
            {
                distinct.Add(end);
            }
        }
        return distinct;
    }

    private static bool IsBefore(double value, int index, End end) => value < end.Value || (value == end.Value && index < end.Index);
}
