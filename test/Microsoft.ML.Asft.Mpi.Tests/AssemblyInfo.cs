// Two test classes at a time: many tests wait until a stopped or killed worker is noticed.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
