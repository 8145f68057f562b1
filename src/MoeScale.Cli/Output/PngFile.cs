using MoeScale.Basics;
using MoeScale.Charts;

namespace MoeScale.Cli.Output;

/// <summary>A chart as a file of pixels.</summary>
internal static class PngFile
{
    /// <param name="path">Where it goes.</param>
    /// <param name="svg">The chart.</param>
    /// <param name="option">That asked for it.</param>
    /// <exception cref="UserException">It cannot be painted on this system, or written.</exception>
    public static void Write(string path, string svg, string option)
    {
        byte[] png;
        try
        {
            png = PngImage.Of(svg);
        }
        catch (DllNotFoundException)
        {
            throw new UserException(
                $"{option} cannot be drawn here: the library that paints, libSkiaSharp, is not beside the program. An SVG can."
            );
        }
        WholeFile.Write(path, stream => stream.Write(png));
    }
}
