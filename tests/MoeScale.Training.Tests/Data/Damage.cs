using MoeScale.Basics;

namespace MoeScale.Training.Tests.Data;

/// <summary>Damaged files, seeded, and what may come of them.</summary>
internal static class Damage
{
    /// <summary>One to four changes: a byte replaced, bytes cut out, repeated, put in, or the rest lost.</summary>
    public static byte[] Of(byte[] whole, Random random)
    {
        List<byte> bytes = [.. whole];
        for (int change = random.Next(1, 5); change > 0 && bytes.Count > 0; change--)
        {
            int at = random.Next(bytes.Count);
            int length = Math.Min(random.Next(1, 16), bytes.Count - at);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.InsertRange(at, "0123456789[]{}\":,"u8[random.Next(17)..].ToArray());
                    break;
                default:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
            }
        }
        return [.. bytes];
    }

    /// <summary>Either it is read or the user is told; memory stays below a bound, whatever sizes the bytes claim.</summary>
    public static void IsRefusedOrRead(Action read, long mostBytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            read();
        }
        catch (UserException e)
        {
            Assert.NotEmpty(e.Message);
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated <= mostBytes, $"{allocated} bytes were allocated; {mostBytes} are allowed.");
    }
}
