namespace Microsoft.ML.Data;

/// <summary>A type whose values own buffers, so that assigning one does not copy it.</summary>
public abstract class StructuredDataViewType : DataViewType
{
    protected StructuredDataViewType(Type rawType)
        : base(rawType)
    {
    }
}
