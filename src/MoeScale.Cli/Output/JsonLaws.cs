using MoeScale.Exchange.Export.Laws;

namespace MoeScale.Cli.Output;

/// <summary>Laws as JSON: one as <c>laws show</c> prints it, several as a list.</summary>
internal sealed class JsonLaws : LawFormat
{
    /// <inheritdoc/>
    public override string Name => "json";

    /// <inheritdoc/>
    public override string Ending => ".json";

    /// <inheritdoc/>
    public override string Write(IReadOnlyList<NamedLaw> laws) =>
        (
            laws is [NamedLaw only]
                ? Json.Text(LawJson.Of(only.Law))
                : Json.Text<IReadOnlyList<LawJson>>([.. laws.Select(l => LawJson.Of(l.Law))])
        ) + "\n";
}
