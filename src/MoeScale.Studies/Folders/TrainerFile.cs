namespace MoeScale.Studies.Folders;

/// <summary>
/// A file that a trainer leaves, which may be anything: what has no bytes is not opened, since a pipe would be waited for.
/// </summary>
internal static class TrainerFile
{
    /// <summary>Bytes of a plain file, also behind links; 0 of a pipe, a device or a folder, and where there is nothing.</summary>
    public static long BytesIn(string path)
    {
        try
        {
            FileInfo file = new(path);
            FileSystemInfo? target = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true);
            return target is FileInfo { Exists: true } there ? there.Length : 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Links that lead round in a circle, or to where nobody may look.
            return 0;
        }
    }
}
