using System.Text.Json;
using System.Text.Json.Serialization;

namespace MoeScale.Reporting;

/// <summary>An enumeration by the names of its members in snake_case, which is how kinds stand in JSON.</summary>
public sealed class SnakeCaseNames<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false)
    where T : struct, Enum;
