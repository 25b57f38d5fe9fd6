using Microsoft.ML.Asft.Modeling.Kernels;

namespace Microsoft.ML.Asft.Tests.Modeling.Kernels;

public class ProcessorTeamTests
{
    [Fact]
    public void Every_part_is_computed_once_however_many_ask_at_once()
    {
        Parallel.For(0, 4, _ =>
        {
            for (int run = 0; run < 300; run++)
            {
                int[] done = new int[(run % 9) + 1];
                ProcessorTeam.Shared.Run(done.Length, part => Interlocked.Increment(ref done[part]));
                Assert.All(done, count => Assert.Equal(1, count));
            }
        });
    }
}
