namespace MoeScale.Models;

/// <summary>Weights of which some are stored in few bits.</summary>
/// <param name="Method">"fp8", "awq": as a config.json names it.</param>
/// <param name="Bits">Of one number, its share of scales and zero points included.</param>
/// <param name="Roles">What is stored so; all else is bf16.</param>
public sealed record Quantization(string Method, double Bits, RoleSet Roles);
