using MoeScale.Basics;

namespace MoeScale.Exchange.Logs;

/// <summary>A kind of log: one file of code each, and a line in <c>LogFormats</c>.</summary>
public interface ILogFormat
{
    /// <summary>As a user names it: "megatron".</summary>
    string Name { get; }

    /// <summary>As people call it: "Megatron-LM console log".</summary>
    string Title { get; }

    /// <summary>Whether all such files of one folder are of one run.</summary>
    bool FolderIsOneRun => false;

    /// <summary>Whether a file is of this kind, by its name and what stands in it; never an exception for what does.</summary>
    bool Recognises(LogFile file);

    /// <summary>The runs of a file, one after another; none where it has no report.</summary>
    /// <exception cref="UserException">The file is damaged; says where and what to do.</exception>
    IEnumerable<RunLog> Read(LogFile file);
}
