using System.Runtime.InteropServices;
using System.Text;

namespace MoeScale.Basics;

/// <summary>Opens files that users name, and refuses what is no plain file before it is opened:
/// a pipe may never begin, and a device never end.</summary>
public static class PlainFile
{
    /// <summary>What stands for standard input where a stream can be read.</summary>
    public const string StandardInput = "-";

    /// <summary>"Give - ...": the cure where a stream is as good as a file.</summary>
    public const string StreamCure = "Give '-' and send it to standard input, or save it first";

    // Of st_mode: what kind of a file it is, and a plain one.
    private const int Kinds = 0xF000;
    private const int Plain = 0x8000;

    /// <param name="path">Of the file; a link to one too.</param>
    /// <param name="needed">Names it in errors: "a file of runs".</param>
    /// <param name="bufferSize">Of the stream; 0 for none.</param>
    /// <param name="share">What other programs may do to it meanwhile.</param>
    /// <param name="cure">What to do with a pipe.</param>
    /// <exception cref="UserException">It is a folder, a pipe or a device.</exception>
    /// <exception cref="IOException">And others of the file system: there is no such file, or it may not be read.</exception>
    public static FileStream Open(
        string path,
        string needed,
        int bufferSize = 4096,
        FileShare share = FileShare.Read,
        string cure = "Save it first"
    )
    {
        if (Directory.Exists(path))
        {
            throw new UserException($"{path} is a folder; {needed} is needed.");
        }
        if (!IsPlain(path))
        {
            throw new UserException($"{path} is a pipe or a device; {needed} is needed. {cure}.");
        }
        return new FileStream(path, FileMode.Open, FileAccess.Read, share, bufferSize);
    }

    /// <summary>Whether a path, where there is anything, leads to a plain file.</summary>
    public static bool IsPlain(string path)
    {
        try
        {
            return path.Contains('\0') || ModeOf(path) is not int mode || (mode & Kinds) == Plain;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // A C library without such a function: what is no plain file is found out when it is read.
            return true;
        }
    }

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

    // The framework tells files from folders alone. Null where nothing is there, or nothing is known.
    private static int? ModeOf(string path)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + '\0');
        // Larger than what is written into it.
        byte[] status = new byte[512];
        if (OperatingSystem.IsLinux())
        {
            const int workingFolder = -100,
                type = 1,
                modeAt = 28;
            return statx(workingFolder, name, 0, type, status) == 0 ? BitConverter.ToUInt16(status, modeAt) : null;
        }
        if (OperatingSystem.IsMacOS())
        {
            const int modeAt = 4;
            bool arm = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;
            return (arm ? stat(name, status) : stat64(name, status)) == 0 ? BitConverter.ToUInt16(status, modeAt) : null;
        }
        return null;
    }

#pragma warning disable IDE1006, SYSLIB1054 // As C spells them; generated marshalling would make the room unsafe for three calls of bytes.
    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int statx(int folder, byte[] path, int flags, uint mask, byte[] status);

    [DllImport("libc", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int stat(byte[] path, byte[] status);

    [DllImport("libc", ExactSpelling = true, EntryPoint = "stat$INODE64")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int stat64(byte[] path, byte[] status);
#pragma warning restore IDE1006, SYSLIB1054
}
