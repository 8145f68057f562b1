using System.CommandLine;
using MoeScale.Basics;
using MoeScale.Models;
using MoeScale.Training.Data;
using MoeScale.Training.Recipes;
using MoeScale.Training.Runs;
using MoeScale.Training.Transformers;

namespace MoeScale.Cli.Input;

/// <summary>
/// The file of <c>train --config</c>: model, recipe and text of a run. A study writes one for each of its cells; paths in it start from
/// the folder in which the command is run.
/// </summary>
internal sealed class TrainFile
{
    private static readonly string[] Keys = ["id", "model", .. RecipeFile.Keys, .. GivenText.Keys];

    private readonly YamlMap _yaml;

    private TrainFile(YamlMap yaml) => _yaml = yaml;

    /// <summary>The file that is named; null where none is.</summary>
    /// <exception cref="UserException">It cannot be read, has an unknown key, or an option stands beside it that it decides.</exception>
    public static TrainFile? Read(ParseResult parsed)
    {
        if (parsed.GetValue(TrainArguments.Config) is not string path)
        {
            return null;
        }
        RequireAlone(parsed);
        YamlMap yaml = YamlMap.Read(path);
        yaml.RefuseOthers(Keys);
        return new TrainFile(yaml);
    }

    /// <exception cref="UserException">What it says makes no text.</exception>
    public RunText Text()
    {
        try
        {
            return RunText.Of(GivenText.Of(_yaml));
        }
        catch (UserException e)
        {
            throw InFile(e);
        }
    }

    /// <summary>The model, under the name that the file has for the run.</summary>
    /// <param name="vocabulary">The tokenizer's; null where none is known.</param>
    /// <exception cref="UserException">It is none, or cannot be trained here.</exception>
    public Model Model(int? vocabulary)
    {
        Model model = ModelFile.Parse(_yaml.Map("model"));
        model = model with { Name = _yaml.OptionalText("id") ?? model.Name };
        try
        {
            ModelLimits.RequireContext(model);
            Transformer.Require(model);
            ModelLimits.RequireVocabulary(model, vocabulary);
            return model;
        }
        catch (UserException e)
        {
            throw InFile(e);
        }
    }

    /// <exception cref="UserException">A value cannot be.</exception>
    public Recipe Recipe(Model model, Func<DefaultRate> rate) => RecipeFile.Read(_yaml, model, rate);

    /// <inheritdoc cref="Trainer.RequireMemory"/>
    public double RequireMemory(Model model, RunConfiguration configuration, int threads)
    {
        try
        {
            return Trainer.RequireMemory(model, configuration, threads);
        }
        catch (UserException e)
        {
            throw InFile(e);
        }
    }

    private UserException InFile(UserException e) => e.In(ConfigTerms.All).At(_yaml.File);

    private static void RequireAlone(ParseResult parsed)
    {
        Option? other = TrainArguments
            .All.Except(TrainArguments.BesideConfig)
            .FirstOrDefault(o => parsed.GetResult(o) is { Implicit: false });
        if (other is null)
        {
            return;
        }
        string? key =
            TrainArguments.OfModel.Contains(other) ? "model"
            : RecipeOptions.SettingOf(other) is RecipeSetting setting ? setting.FileKey
            : GivenText.Keys.FirstOrDefault(k => other.Name == $"--{k.Replace('_', '-')}");
        string cure = key is null ? "Leave it out" : $"Change '{key}' in the file";
        string others = string.Join(", ", TrainArguments.BesideConfig.Skip(1).Select(o => o.Name));
        throw new UserException(
            $"{other.Name} cannot stand beside --config, whose file says what is trained. {cure}; beside it may stand {others}."
        );
    }
}
