// The parts of a training step by themselves: the anchored head over vocabularies, and the whole step over lengths.
//
//   dotnet run -c Release --project bench/Training -- head
//   dotnet run -c Release --project bench/Training -- length
using Microsoft.ML.Asft.Bench.Training;

switch (args)
{
    case ["head"]:
        HeadBench.Run();
        return 0;
    case ["length"]:
        LengthBench.Run();
        return 0;
    default:
        Console.Error.WriteLine("Name one of: head, length.");
        return 2;
}
