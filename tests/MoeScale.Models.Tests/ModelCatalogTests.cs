using MoeScale.Basics;

namespace MoeScale.Models.Tests;

/// <summary>
/// Every model that ships, counted against its published weights: total, active, active without the input embedding, active
/// without embeddings, embedding and head matrices, KV values a token.
/// </summary>
public class ModelCatalogTests
{
    [Theory]
    [InlineData("Mixtral-8x7B-v0.1", 46702792704, 12879925248, 12748853248, 12617781248, 262144000, 65536)]
    [InlineData("Mixtral-8x22B-v0.1", 140620634112, 39152031744, 38955423744, 38758815744, 393216000, 114688)]
    [InlineData("deepseek-moe-16b-base", 16375728128, 2828650496, 2618935296, 2409220096, 419430400, 114688)]
    [InlineData("DeepSeek-V2-Lite", 15706484224, 2661150208, 2451435008, 2241719808, 419430400, 15552)]
    [InlineData("DeepSeek-V2", 235741434880, 21375800320, 20851512320, 20327224320, 1048576000, 34560)]
    [InlineData("DeepSeek-V3", 671026419200, 37552297472, 36625618432, 35698939392, 1853358080, 35136)]
    [InlineData("Kimi-K2", 1026408232448, 32861500928, 31687095808, 30512690688, 2348810240, 35136)] // no exact total is published
    [InlineData("OLMoE-1B-7B", 6919161856, 1282017280, 1178994688, 1075972096, 206045184, 65536)]
    [InlineData("Qwen1.5-MoE-A2.7B", 14315784192, 2689173504, 2378008576, 2066843648, 622329856, 98304)]
    [InlineData("Qwen3-30B-A3B", 30532122624, 3353032704, 3041867776, 2730702848, 622329856, 49152)]
    [InlineData("Qwen3-235B-A22B", 235093634560, 22190763520, 21568433664, 20946103808, 1244659712, 96256)]
    [InlineData("gpt-oss-120b", 116829156672, 5711982912, 5132849472, 4553716032, 1158266880, 36864)]
    [InlineData("gpt-oss-20b", 20914757184, 4187440704, 3608307264, 3029173824, 1158266880, 24576)]
    // No exact total is published.
    [InlineData("Llama-4-Scout-17B-16E(text)", 107769861120, 17172894720, 16138408960, 15103923200, 2068971520, 98304)]
    // No exact total is published.
    [InlineData("Llama-4-Maverick-17B-128E(text)", 400711848960, 17184691200, 16150205440, 15115719680, 2068971520, 98304)]
    [InlineData("GLM-4.5", 352797829024, 33632266144, 32856319904, 32080373664, 1551892480, 188416)]
    [InlineData("GLM-4.5-Air", 106852251264, 13424129664, 12803372672, 12182615680, 1241513984, 94208)]
    [InlineData("Grok-1", 315684820992, 83756587008, 83756587008, 82951280640, 805306368, 131072)] // no exact total is published
    [InlineData("DBRX", 131596523520, 36469708800, 35853146112, 35236583424, 1233125376, 81920)] // no exact total is published
    [InlineData("Phi-3.5-MoE-instruct", 41873153344, 6640999744, 6509665600, 6378299392, 262668288, 65536)] // no exact total is published
    [InlineData("GPT-2", 124439808, 124439808, 124439808, 85056000, 38597376, 18432)]
    [InlineData("GPT-2-medium", 354823168, 354823168, 354823168, 302311424, 51463168, 49152)]
    [InlineData("GPT-2-large", 774030080, 774030080, 774030080, 708390400, 64328960, 92160)]
    [InlineData("GPT-2-xl", 1557611200, 1557611200, 1557611200, 1475561600, 80411200, 153600)]
    [InlineData("Llama-2-7B", 6738415616, 6738415616, 6607343616, 6476271616, 262144000, 262144)]
    [InlineData("Llama-2-70B", 68976648192, 68976648192, 68714504192, 68452360192, 524288000, 163840)]
    [InlineData("Llama-3-8B", 8030261248, 8030261248, 7504924672, 6979588096, 1050673152, 65536)]
    [InlineData("Llama-3-70B", 70553706496, 70553706496, 69503033344, 68452360192, 2101346304, 163840)]
    // No exact total is published.
    [InlineData("Llama-3.1-405B", 405853388800, 405853388800, 403752042496, 401650696192, 4202692608, 258048)]
    [InlineData("Mistral-7B-v0.1", 7241732096, 7241732096, 7110660096, 6979588096, 262144000, 65536)]
    public void Open_ShippedModel_CountsToTheUnit(
        string name,
        double total,
        double active,
        double noInputEmbedding,
        double noEmbeddings,
        double embeddings,
        double kvValues
    )
    {
        Model model = ModelCatalog.Open(name.ToUpperInvariant());
        Assert.Equal(name, model.Name);
        Census census = Census.Of(model);
        Assert.Equal(total, census.TotalParams);
        Assert.Equal(total, census.StoredParams);
        Assert.Equal(active, census.ActiveParams);
        Assert.Equal(noInputEmbedding, census.ActiveParamsNoInputEmbedding);
        Assert.Equal(noEmbeddings, census.ActiveParamsNonEmbedding);
        Assert.Equal(embeddings, census.EmbeddingParams);
        Assert.Equal(kvValues, census.KvValuesPerToken);
        Assert.NotEmpty(model.PublishedTotal);
    }

    [Fact]
    public void Ids_Shipped_AreThirty() => Assert.Equal(30, ModelCatalog.Ids.Count);

    /// <summary>
    /// Totals with the module that predicts further ahead, as the weights hold it: with its own copy of embedding and head
    /// in DeepSeek-V3 (684,489,845,504) and the GLM-4.5 pair (sizes of the published safetensors).
    /// </summary>
    [Theory]
    [InlineData("DeepSeek-V3", 684489845504)]
    [InlineData("GLM-4.5", 358337791296)]
    [InlineData("GLM-4.5-Air", 110468824832)]
    public void PredictionParams_OfPublishedModules_MatchTheirWeights(string name, double withCopies)
    {
        Census census = Census.Of(ModelCatalog.Open(name));
        Assert.Equal(withCopies, census.TotalParams + census.PredictionParams + census.EmbeddingParams);
    }

    [Fact]
    public void PredictionParams_OfDeepSeekV3_AreItsUniqueOnes() =>
        Assert.Equal(11610068224, Census.Of(ModelCatalog.Open("DeepSeek-V3")).PredictionParams);

    /// <summary>The cache of DeepSeek-V3 at 163,840 tokens is 10.72 GiB at 2 bytes.</summary>
    [Fact]
    public void KvCacheBytes_OfLatentAttention_MatchesDeepSeekV3() =>
        // Printed digits.
        Assert.Equal(10.72, Census.Of(ModelCatalog.Open("deepseek-v3")).KvCacheBytes(163840, NumberType.Bf16) / 1073741824, 0.005);

    /// <summary>The released gpt-oss-120b keeps its experts in MXFP4 and all else in bf16, 60.8 GiB as its model card says.</summary>
    [Fact]
    public void WeightBytes_OfMixedTypes_MatchGptOss() =>
        // Printed digits.
        Assert.Equal(60.8, Census.Of(ModelCatalog.Open("gpt-oss-120b")).WeightBytes(NumberType.Bf16, NumberType.Mxfp4) / 1073741824, 0.05);

    [Theory]
    [InlineData("mixtral-8x7b", "Mixtral-8x7B-v0.1")]
    [InlineData("gpt-2", "GPT-2")]
    [InlineData("DBR", "DBRX")]
    public void Open_NameCutShort_IsTheOnlyModelThatBeginsSo(string name, string id) => Assert.Equal(id, ModelCatalog.Open(name).Name);

    [Theory]
    [InlineData("llama-3", "may be Llama-3-70B, Llama-3-8B, Llama-3.1-405B")]
    [InlineData("mixtrall-8x7b-v0.1", "did you mean 'Mixtral-8x7B-v0.1'?")]
    [InlineData("", "is not in the catalog of models")]
    [InlineData("nowhere/config.json", "cannot be read")]
    [InlineData("nowhere.yaml", "cannot be read")]
    [InlineData("meta-llama/Meta-Llama-3-8B", "is no file, and no folder with a config.json")]
    public void Open_NoSuchModel_SaysWhatThereIs(string name, string part) =>
        Assert.Contains(part, Assert.Throws<UserException>(() => ModelCatalog.Open(name)).Message);
}
