using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using WorkerApi;

namespace Microsoft.Azure.Functions.Worker.Builder;

/// <summary>Where a worker's Program starts.</summary>
public class FunctionsApplication
{
    /// <summary>A builder that carries what is registered. Only with the real package can it be built and run.</summary>
    public static FunctionsApplicationBuilder CreateBuilder(string[] args) => new(args);
}

/// <summary>Builds a worker application.</summary>
public class FunctionsApplicationBuilder : IHostApplicationBuilder, IFunctionsWorkerApplicationBuilder
{
    private readonly HostApplicationBuilder _host;

    internal FunctionsApplicationBuilder(string[]? args) => _host = new HostApplicationBuilder(args);

    public IDictionary<object, object> Properties => ((IHostApplicationBuilder)_host).Properties;

    public ConfigurationManager Configuration => _host.Configuration;

    IConfigurationManager IHostApplicationBuilder.Configuration => Configuration;

    public IHostEnvironment Environment => _host.Environment;

    public ILoggingBuilder Logging => _host.Logging;

    public IMetricsBuilder Metrics => _host.Metrics;

    public IServiceCollection Services => _host.Services;

    /// <exception cref="PlatformNotSupportedException">Always: a worker talks to a Functions host, which a declaration has not.</exception>
    public IHost Build() => throw DeclarationOnly.NotCarried();

    public void ConfigureContainer<TContainerBuilder>(
        IServiceProviderFactory<TContainerBuilder> factory, Action<TContainerBuilder>? configure = null)
        where TContainerBuilder : notnull =>
        _host.ConfigureContainer(factory, configure);

    /// <summary>Does nothing here: without a host there is no pipeline.</summary>
    public IFunctionsWorkerApplicationBuilder Use(Func<FunctionExecutionDelegate, FunctionExecutionDelegate> middleware) => this;
}

/// <summary>The ASP.NET Core integration, from Microsoft.Azure.Functions.Worker.Extensions.Http.AspNetCore.</summary>
public static class FunctionsApplicationBuilderAspNetCoreExtensions
{
    /// <summary>Does nothing here: without a host there are no requests.</summary>
    public static FunctionsApplicationBuilder ConfigureFunctionsWebApplication(this FunctionsApplicationBuilder builder) => builder;
}
