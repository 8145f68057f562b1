using System.Buffers.Binary;
using System.Text;
using MoeScale.Basics;
using MoeScale.Training.Safetensors;
using MoeScale.Training.Tests.Data;

namespace MoeScale.Training.Tests.Safetensors;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Write_ThenRead_GivesNamesShapesAndBits()
    {
        string path = Path.Combine(_folder.Path, "m.safetensors");
        float[][] values =
        [
            [1, -0f, float.NaN, float.Epsilon, float.PositiveInfinity, 6],
            [7],
            [],
        ];
        SafetensorsFile.Write(
            path,
            [("b.weight", [2, 3]), ("a \"quoted\" é", []), ("none", [0, 4])],
            i => values[i],
            new Dictionary<string, string> { ["step"] = "12" }
        );
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal(["b.weight", "a \"quoted\" é", "none"], file.Tensors.Select(tensor => tensor.Name));
        Assert.Equal([2, 3], file.Tensors[0].Shape);
        Assert.Equal("12", file.Metadata["step"]);
        Assert.Null(file.Find("missing"));
        for (int i = 0; i < 3; i++)
        {
            float[] read = new float[file.Tensors[i].Count];
            file.Read(file.Tensors[i], read);
            Assert.Equal(values[i].Select(BitConverter.SingleToUInt32Bits), read.Select(BitConverter.SingleToUInt32Bits));
        }
    }

    [Fact]
    public void Write_Bytes_AreThoseOfTheFormat()
    {
        string path = Path.Combine(_folder.Path, "m.safetensors");
        SafetensorsFile.Write(path, [("w", [2])], _ => [1, 2], new Dictionary<string, string>());
        byte[] bytes = File.ReadAllBytes(path);
        string header = "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        Assert.Equal(54, header.Length);
        Assert.Equal(56, BinaryPrimitives.ReadInt64LittleEndian(bytes));
        Assert.Equal(header + "  ", Encoding.UTF8.GetString(bytes, 8, 56));
        Assert.Equal([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], bytes[64..]);
        SafetensorsFile.Write(path, [("wide", [2])], _ => [1, 2], new Dictionary<string, string>());
        Assert.Equal(0, BinaryPrimitives.ReadInt64LittleEndian(File.ReadAllBytes(path)) % 8);
    }

    [Fact]
    public void Write_FailsHalfway_KeepsTheOldFile()
    {
        string path = Path.Combine(_folder.Path, "m.safetensors");
        SafetensorsFile.Write(path, [("w", [1])], _ => [1], new Dictionary<string, string>());
        byte[] before = File.ReadAllBytes(path);
        UserException error = Assert.Throws<UserException>(() =>
            SafetensorsFile.Write(
                path,
                [("a", [100_000]), ("b", [1])],
                i => i == 0 ? new float[100_000] : throw new IOException("No space left on device"),
                new Dictionary<string, string>()
            )
        );
        Assert.Contains("cannot be written: No space left on device", error.Message);
        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Read_Halves_AreWidenedExactly()
    {
        byte[] data = [0x00, 0x3C, 0x01, 0x00, 0x00, 0xFC, 0x80, 0x3F, 0x49, 0x40];
        string path = Make(
            "{\"h\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[0,6]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[6,10]}}",
            data
        );
        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] halves = new float[3];
        float[] brains = new float[2];
        file.Read(file.Find("h")!, halves);
        file.Read(file.Find("b")!, brains);
        // Half 0x0001 is the smallest one, 2^-24; bfloat16 0x4049 is the upper half of single 0x40490000.
        Assert.Equal([1f, 5.9604645e-8f, float.NegativeInfinity], halves);
        Assert.Equal([1f, 3.140625f], brains);
    }

    [Fact]
    public void Read_IntegerTensor_NamesItsType()
    {
        using SafetensorsFile file = SafetensorsFile.Open(
            Make("{\"i\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}", new byte[8])
        );
        Assert.Contains(
            "'i' is of type I64; F32, F16 or BF16 is needed",
            Assert.Throws<UserException>(() => file.Read(file.Tensors[0], new float[1])).Message
        );
    }

    [Theory]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[8,8]}}",
        "'a' stands twice"
    )]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,8]}}", "takes 4 bytes, not 8")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", "begin at 4")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "take 4 bytes, but 8 follow")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
        "'b' begin at 4"
    )]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,8]}}", "larger than any file")]
    [InlineData(
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,9223372036854775807],\"data_offsets\":[0,8]}}",
        "larger than any file"
    )]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-2],\"data_offsets\":[0,8]}}", "no whole number")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}", "no whole number")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}}", "does not say")]
    [InlineData("{\"a\":{\"dtype\":\"F31\",\"shape\":[2],\"data_offsets\":[0,8]}}", "unknown type 'F31'")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "does not say")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8],\"more\":1}}", "says more than")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}}", "something else than numbers")]
    [InlineData("{\"a\":[[[[[[[[[[]]]]]]]]]]}", "'a' is no object")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", "of its metadata is no text")]
    [InlineData("{\"__metadata__\":{},\"__metadata__\":{}}", "stands twice")]
    [InlineData("{\"a\":", "no such JSON")]
    [InlineData(" {}", "does not begin with '{'")]
    [InlineData("{} x", "no such JSON")]
    public void Open_WrongHeader_SaysWhy(string header, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => SafetensorsFile.Open(Make(header, new byte[8]))).Message);

    [Theory]
    [InlineData(10_000_000_000)]
    [InlineData(99_999_999)]
    [InlineData(-1)]
    public void Open_HeaderLongerThanTheFile_AllocatesNothingForIt(long length)
    {
        byte[] bytes = new byte[100];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        string path = _folder.Write("m.safetensors", bytes);
        Damage.IsRefusedOrRead(() => SafetensorsFile.Open(path).Dispose(), 1 << 16);
        Assert.Contains("its header should have", Assert.Throws<UserException>(() => SafetensorsFile.Open(path)).Message);
    }

    [Fact]
    public void Open_NoSuchFileOrFolderOrTooShort_SaysWhy()
    {
        Assert.Contains(
            "there is no such file",
            Assert.Throws<UserException>(() => SafetensorsFile.Open(Path.Combine(_folder.Path, "none"))).Message
        );
        Assert.Contains("is a folder", Assert.Throws<UserException>(() => SafetensorsFile.Open(_folder.Path)).Message);
        Assert.Contains("it has 3 bytes", Assert.Throws<UserException>(() => SafetensorsFile.Open(_folder.Write("m", [1, 2, 3]))).Message);
    }

    [Fact]
    public void Open_DamagedFile_IsRefusedOrReadAndNothingElse()
    {
        string path = Path.Combine(_folder.Path, "m.safetensors");
        SafetensorsFile.Write(
            path,
            [("a.weight", [3, 5]), ("b.bias", [5]), ("c", [])],
            i =>
                new float[
                    i switch
                    {
                        0 => 15,
                        1 => 5,
                        _ => 1,
                    }
                ],
            new Dictionary<string, string> { ["format"] = "pt" }
        );
        byte[] whole = File.ReadAllBytes(path);
        Random random = new(5);
        for (int round = 0; round < 1000; round++)
        {
            byte[] damaged = Damage.Of(whole, random);
            if (round % 2 == 0 && damaged.Length >= 8)
            {
                // As often as not the length stays right, so that the damage gets past it.
                whole.AsSpan(0, 8).CopyTo(damaged);
            }
            File.WriteAllBytes(path, damaged);
            Damage.IsRefusedOrRead(
                () =>
                {
                    using SafetensorsFile file = SafetensorsFile.Open(path);
                    foreach (SafetensorsTensor tensor in file.Tensors)
                    {
                        file.Read(tensor, new float[tensor.Count]);
                    }
                },
                1 << 20
            );
        }
    }

    private string Make(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return _folder.Write("m.safetensors", [.. length, .. json, .. data]);
    }
}
