using System.Reflection;
using System.Reflection.Emit;

namespace Microsoft.ML.Polyfill;

/// <summary>Reads and writes members at the speed of compiled code.</summary>
internal static class MemberAccess
{
    public static Func<TRow, TValue> Getter<TRow, TValue>(MemberInfo member)
    {
        if (member is PropertyInfo property)
            return property.GetGetMethod().CreateDelegate<Func<TRow, TValue>>();
        var method = new DynamicMethod("Get", typeof(TValue), [typeof(TRow)], typeof(MemberAccess), skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldfld, (FieldInfo)member);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Func<TRow, TValue>>();
    }

    public static Action<TRow, TValue> Setter<TRow, TValue>(MemberInfo member)
    {
        if (member is PropertyInfo property)
            return property.GetSetMethod().CreateDelegate<Action<TRow, TValue>>();
        var method = new DynamicMethod("Set", null, [typeof(TRow), typeof(TValue)], typeof(MemberAccess), skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldarg_1);
        il.Emit(OpCodes.Stfld, (FieldInfo)member);
        il.Emit(OpCodes.Ret);
        return method.CreateDelegate<Action<TRow, TValue>>();
    }
}
