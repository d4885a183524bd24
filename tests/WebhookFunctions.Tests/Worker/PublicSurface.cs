using System.Reflection;

namespace WebhookFunctions.Tests.Worker;

/// <summary>Printer of the public API of an assembly, and of the attributes that the worker and its generators read.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // Namespaces of attributes that the compiler adds.
    private static readonly string[] CompilersOwn = ["System.Runtime.CompilerServices", "System.Diagnostics", "System.Reflection", "System.Runtime.Versioning"];

    /// <summary>Returns one line for each attribute, type and member, in a fixed order. Two assemblies with the same API have the same lines.</summary>
    public static IReadOnlyList<string> Describe(Assembly assembly)
    {
        var name = assembly.GetName();
        var types = assembly.GetTypes().Where(type => type.IsVisible).OrderBy(type => type.FullName, StringComparer.Ordinal);
        return
        [
            $"assembly {name.Name}, Version={name.Version}",
            .. Attributes(assembly.CustomAttributes, ""),
            .. types.SelectMany(Lines),
            .. types.SelectMany(type => Named(type.CustomAttributes)).Distinct().OrderBy(type => type.FullName, StringComparer.Ordinal).SelectMany(Converter),
        ];
    }

    private static IEnumerable<string> Lines(Type type)
    {
        var kind = type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class";
        var modifier = type.IsEnum ? "" : type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        yield return $"{modifier}{kind} {type.FullName}{Bases(type)}";
        foreach (var line in Attributes(type.CustomAttributes, "    "))
        {
            yield return line;
        }

        foreach (var line in type.GetMembers(Declared).SelectMany(Member).Order(StringComparer.Ordinal))
        {
            yield return line;
        }
    }

    private static IEnumerable<string> Member(MemberInfo member)
    {
        var line = member switch
        {
            ConstructorInfo constructor when Access(constructor) is { } access => $"{access} constructor({Parameters(constructor)})",
            MethodInfo { IsSpecialName: false } method when Access(method) is { } access =>
                $"{access} {Dispatch(method)}{Typed(method.ReturnParameter)} {method.Name}({Parameters(method)})",
            PropertyInfo property when Accessors(property) is { Length: > 0 } accessors =>
                $"{Typed(property)} {property.Name} {{{accessors}}}{Constant(property)}",
            FieldInfo { IsSpecialName: false } field when field.IsPublic || field.IsFamily =>
                $"field {Name(field.FieldType)} {field.Name}" + (field.IsLiteral ? $" = {field.GetRawConstantValue()}" : ""),
            EventInfo or TypeInfo { IsVisible: true } => $"{member.MemberType} {member.Name}",
            _ => null,
        };
        return line is null ? [] : [$"    {line}"];
    }

    // Returns the attributes of a property, such as the default value that the metadata generator reads.
    private static string Constant(PropertyInfo property) => string.Concat(Attributes(property.CustomAttributes, " "));

    private static string? Access(MethodBase method) =>
        method.IsPublic ? "public" : method.IsFamily || method.IsFamilyOrAssembly ? "protected" : null;

    private static string Dispatch(MethodInfo method) =>
        method.IsStatic ? "static "
        : method.IsAbstract ? "abstract "
        : method.GetBaseDefinition() != method ? "override "
        : method is { IsVirtual: true, IsFinal: false } ? "virtual "
        : "";

    private static string Accessors(PropertyInfo property)
    {
        var accessors = string.Concat(
            new[] { (Method: property.GetMethod, Keyword: "get"), (Method: property.SetMethod, Keyword: "set") }
                .Where(accessor => accessor.Method is not null && Access(accessor.Method) is not null)
                .Select(accessor => $" {Access(accessor.Method!)} {Dispatch(accessor.Method!)}{accessor.Keyword};"));
        return accessors.Length == 0 ? "" : $"{accessors} ";
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter) =>
        $"{Typed(parameter)} {parameter.Name}" + (parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "default"}" : "");

    private static string Typed(ParameterInfo parameter) => Typed(new NullabilityInfoContext().Create(parameter));

    private static string Typed(PropertyInfo property) => Typed(new NullabilityInfoContext().Create(property));

    private static string Typed(NullabilityInfo info)
    {
        var arguments = info.GenericTypeArguments;
        var name = arguments.Length > 0 && Nullable.GetUnderlyingType(info.Type) is null
            ? $"{Plain(info.Type)}<{string.Join(", ", arguments.Select(Typed))}>"
            : info.ElementType is { } element ? $"{Typed(element)}[]" : Name(info.Type);
        return !info.Type.IsValueType && info.ReadState == NullabilityState.Nullable ? $"{name}?" : name;
    }

    private static string Bases(Type type)
    {
        var inherited = type.BaseType?.GetInterfaces() ?? [];
        var bases = new[] { type.BaseType }
            .Where(parent => parent is not null && parent != typeof(object) && parent != typeof(ValueType) && parent != typeof(Enum))
            .Concat(type.IsEnum ? [] : type.GetInterfaces().Except(inherited).OrderBy(parent => parent.FullName, StringComparer.Ordinal))
            .Select(parent => Name(parent!));
        var list = string.Join(", ", bases);
        return list.Length == 0 ? "" : $" : {list}";
    }

    // Converters are internal. The worker finds them by the attribute, and the generator reads their attributes.
    private static IEnumerable<string> Converter(Type type) =>
        [$"named by an attribute: {type.FullName}{Bases(type)}", .. Attributes(type.CustomAttributes, "    ")];

    private static IEnumerable<Type> Named(IEnumerable<CustomAttributeData> attributes) => attributes
        .Where(IsOfInterest)
        .SelectMany(attribute => attribute.ConstructorArguments)
        .Select(argument => argument.Value)
        .OfType<Type>()
        .Where(type => !type.IsVisible);

    private static IEnumerable<string> Attributes(IEnumerable<CustomAttributeData> attributes, string indent) => attributes
        .Where(IsOfInterest)
        .Select(attribute => $"{indent}[{Plain(attribute.AttributeType)}({string.Join(", ", attribute.ConstructorArguments.Select(Argument))})]")
        .Order(StringComparer.Ordinal);

    private static bool IsOfInterest(CustomAttributeData attribute) => !CompilersOwn.Contains(attribute.AttributeType.Namespace);

    private static string Argument(CustomAttributeTypedArgument argument) => argument.Value switch
    {
        Type type => type.FullName!,
        var value when argument.ArgumentType.IsEnum => $"{argument.ArgumentType.Name} {value}",
        var value => $"{value}",
    };

    private static string Name(Type type) =>
        type.IsArray ? $"{Name(type.GetElementType()!)}[]"
        : type.IsGenericType ? $"{Plain(type)}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;

    private static string Plain(Type type) => type.Name.Split('`')[0];
}
