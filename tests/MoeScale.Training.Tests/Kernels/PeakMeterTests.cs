using System.Runtime.Intrinsics;
using MoeScale.Training.Kernels;
using MoeScale.Training.Kernels.Products;

namespace MoeScale.Training.Tests.Kernels;

public class PeakMeterTests
{
    /// <summary>
    /// A processor core does 4 to 128 operations a cycle in vectors, at 0.5 to 6 GHz. More would mean that the compiler has
    /// dropped the work; much less that it is not in registers, or that the machine is busy beyond measuring (a tenth is let pass). Where
    /// vectors are switched off, each operation is a call: another tenth.
    /// </summary>
    [Fact]
    public void MeasureGflops_OneThread_IsWhatACoreCanDo()
    {
        using WorkerPool pool = new(1);
        Assert.InRange(PeakMeter.MeasureGflops(pool), Vector128.IsHardwareAccelerated ? 0.2 : 0.02, 128 * 6);
    }
}
