// libtorch has one generator for the whole process, which tests at the same time would draw from by turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
