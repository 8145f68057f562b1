using MoeScale.Basics;

namespace MoeScale.Exchange.Export;

/// <summary>Another program, or a format, that models and their training are written for.</summary>
public abstract class ExportTarget
{
    /// <summary>As a user names it: "megatron".</summary>
    public abstract string Name { get; }

    /// <summary>For people: "Megatron-LM".</summary>
    public abstract string Title { get; }

    /// <summary>Whether it is told how a model is trained, so that a subject needs its <see cref="ExportSubject.Run"/>.</summary>
    public virtual bool HasTraining => false;

    /// <summary>
    /// Whether its files make up a folder, even where there is but one: then where it is written to is the folder, else the file.
    /// </summary>
    public virtual bool WritesFolder => false;

    /// <summary>Settings that it takes, beside where it is written to. Others are refused, since they would have no effect.</summary>
    public virtual IReadOnlyList<Setting> Settings => [];

    /// <summary>What of a model, as it is trained, it has no words for; it is exported only where there is nothing.</summary>
    public virtual IReadOnlyList<ExportGap> Gaps(ExportSubject subject) => [];

    /// <param name="subject">A model without <see cref="Gaps"/>, and its run where the target has training.</param>
    /// <param name="options">All else.</param>
    /// <exception cref="UserException">Something else cannot be said, or contradicts itself.</exception>
    public abstract Exported Write(ExportSubject subject, ExportOptions options);
}
