namespace MoeScale.Training.Data.Corpora;

/// <summary>Takes the documents of a corpus one by one, in its order.</summary>
/// <param name="utf8">Valid UTF-8, not empty; gone when the call returns.</param>
/// <returns>Whether it takes more; else nothing further is read.</returns>
public delegate bool DocumentSink(ReadOnlySpan<byte> utf8);
