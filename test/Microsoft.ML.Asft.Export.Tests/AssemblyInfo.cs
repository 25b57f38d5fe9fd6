// The models of all tests would share two processors.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
