namespace MoeScale.Basics.Tests;

public sealed class FileLockTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Lock_ThatIsHeld_IsNobodyElses()
    {
        string path = _folder.In("claim");
        Assert.False(FileLock.IsHeld(path));
        using (FileLock.TryTake(path))
        {
            Assert.True(FileLock.IsHeld(path));
            Assert.Null(FileLock.TryTake(path));
        }
        Assert.False(FileLock.IsHeld(path));
        Assert.True(File.Exists(path));
        using (FileLock.TryTake(path, isRemoved: true))
        {
            Assert.True(FileLock.IsHeld(path));
        }
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Take_WaitsUntilItIsFree()
    {
        string path = _folder.In("lock");
        FileLock first = FileLock.Take(path);
        using ManualResetEventSlim begun = new();
        bool released = false;
        Task<bool> second = Task.Run(
            () =>
            {
                begun.Set();
                using FileLock taken = FileLock.Take(path);
                return Volatile.Read(ref released);
            },
            TestContext.Current.CancellationToken
        );
        begun.Wait(TestContext.Current.CancellationToken);
        await Task.Delay(50, TestContext.Current.CancellationToken); // so that it mostly tries before it can succeed
        Volatile.Write(ref released, true);
        first.Dispose();
        Assert.True(await second);
    }

    /// <summary>Who looks is not taken for one that holds it, neither by another who looks nor by one that wants it.</summary>
    [Fact]
    public void Lock_ThatManyLookAt_IsFree()
    {
        string path = _folder.In("claim");
        FileLock.Take(path).Dispose();
        Assert.All(ParallelEnumerable.Range(0, 2000).WithDegreeOfParallelism(4).Select(_ => FileLock.IsHeld(path)).ToArray(), Assert.False);
    }

    [Fact]
    public void Lock_WithoutAFolder_IsNotHeldAndCannotBeTaken()
    {
        string path = _folder.In("none", "claim");
        Assert.False(FileLock.IsHeld(path));
        Assert.Equal(
            $"{path} cannot be opened: there is no such folder.",
            Assert.Throws<UserException>(() => FileLock.TryTake(path)).Message
        );
    }

    [Fact]
    public void Tail_OfAFile_IsItsEnd()
    {
        string path = _folder.In("log.txt");
        Assert.Null(TextFile.Tail(path, 10));
        using StreamWriter writer = new(path);
        writer.Write("one\ntwo\nthree");
        writer.Flush();
        Assert.Equal(("ee", "one\ntwo\nthree"), (TextFile.Tail(path, 2), TextFile.Tail(path, 100)));
    }
}
