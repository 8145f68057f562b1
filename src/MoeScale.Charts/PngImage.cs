namespace MoeScale.Charts;

/// <summary>Charts as pictures of pixels, for slides and chats that show no SVG.</summary>
public static class PngImage
{
    /// <summary>Pixels for each unit of a chart: sharp on screens of today, and in print at half a page.</summary>
    public const int Scale = 2;

    /// <summary>The file of a chart, <see cref="Scale"/> times as many pixels as its SVG has units.</summary>
    /// <param name="svg">A chart of this room.</param>
    /// <exception cref="DllNotFoundException">The library that paints is not there for this system.</exception>
    public static byte[] Of(string svg)
    {
        try
        {
            return PngDrawing.Paint(svg, Scale);
        }
        catch (TypeInitializationException e) when (e.GetBaseException() is DllNotFoundException missing)
        {
            throw new DllNotFoundException(missing.Message, e);
        }
    }
}
