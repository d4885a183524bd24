metadata description = 'The Flex Consumption plan and its app. Such a plan holds one app.'

import { containers, secretByName, secretNames, textByName } from 'shared.bicep'

@description('Always-ready instances of a scale group.')
type warmInstances = {
  @description('The scale group.')
  name: string

  @description('Number of instances.')
  instanceCount: int
}

@description('Name of the app.')
param name string

@description('Name of the plan.')
param planName string

@description('Name of the app\'s identity.')
param identityName string

@description('Name of the storage account.')
param storageName string

@description('Name of the Service Bus namespace.')
param serviceBusName string

@description('Name of the key vault.')
param keyVaultName string

@description('Name of the Application Insights component.')
param insightsName string

@description('Settings of the providers that are not secret. An empty value counts as not set.')
param providerSettings textByName

@description('Receive__MaxBodyBytes.')
param maxBodyBytes int

@description('Assets__MaxBytes.')
param maxAssetBytes int

@description('Assets__MaxDownloads.')
param maxDownloads int

@description('Assets__AllowedHosts.')
param allowedHosts string

@description('Assets__RestrictToAllowedHosts.')
param restrictToAllowedHosts bool

@description('Settings Notify__… that are not secret.')
param notifySettings textByName

@description('Endpoint of the Event Grid topic for notifications; empty for none.')
param topicEndpoint string

@description('Storage__KeepRowsDays.')
param keepRowsDays int

@description('The secrets, one for each of secretNames. Used only to see which are empty.')
param secrets secretByName

@description('Memory of an instance in MB.')
param instanceMemoryMB int

@description('Maximum number of instances.')
param maximumInstanceCount int

@description('Concurrent HTTP requests in one instance; 0 means the platform\'s default.')
param httpConcurrency int

@description('Always-ready instances by scale group: http, or function:NAME.')
param alwaysReady warmInstances[]

@description('RollingUpdate or Recreate: how instances are replaced when code or a setting changes.')
param updateStrategy string

@description('Whether the plan spreads its instances over the availability zones of the region.')
param zoneRedundant bool

@description('Name of the virtual network for the app\'s outbound connections; empty for none.')
param networkName string

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Beginning of a Key Vault reference. The reference names no version, so a new version is used within a day, or after a restart.')
var inVault = '@Microsoft.KeyVault(SecretUri=https://${keyVaultName}${environment().suffixes.keyvaultDns}/secrets/'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { tier: 'FlexConsumption', name: 'FC1' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  // azd deploys its service 'api' to the resource with this tag.
  tags: union(tags, { 'azd-service-name': 'api' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identity.id}': {} }
  }
  properties: {
    serverFarmId: plan.id
    // Without this, the platform would resolve the references with the system-assigned identity, which the app does not have.
    keyVaultReferenceIdentity: identity.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(networkName)
      ? null
      : resourceId('Microsoft.Network/virtualNetworks/subnets', networkName, 'app')
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: 'https://${storageName}.blob.${environment().suffixes.storage}/${containers.package}'
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identity.id
          }
        }
      }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
      // The API has this property since this version, but Bicep's type definitions lack it.
      #disable-next-line BCP037
      siteUpdateStrategy: { type: updateStrategy }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstanceCount
        alwaysReady: alwaysReady
        triggers: httpConcurrency > 0 ? { http: { perInstanceConcurrency: httpConcurrency } } : null
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      // Not set here, because functionAppConfig replaces them on this plan: FUNCTIONS_WORKER_RUNTIME, FUNCTIONS_EXTENSION_VERSION,
      // WEBSITE_RUN_FROM_PACKAGE.
      appSettings: [
        // The account name is used, because the host does not handle service addresses correctly.
        { name: 'AzureWebJobsStorage__accountName', value: storageName }
        { name: 'AzureWebJobsStorage__credential', value: 'managedidentity' }
        { name: 'AzureWebJobsStorage__clientId', value: identity.properties.clientId }
        { name: 'ServiceBusConnection__fullyQualifiedNamespace', value: '${serviceBusName}.servicebus.windows.net' }
        { name: 'ServiceBusConnection__credential', value: 'managedidentity' }
        { name: 'ServiceBusConnection__clientId', value: identity.properties.clientId }
        { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insights.properties.ConnectionString }
        {
          name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
          value: 'ClientId=${identity.properties.clientId};Authorization=AAD'
        }
        // A garbage collection after each 4 MiB of allocations. The default depends on the processor's cache, and can be much of a small instance's memory.
        { name: 'DOTNET_GCgen0size', value: '0x400000' }
        { name: 'Receive__MaxBodyBytes', value: string(maxBodyBytes) }
        // The Functions host reads a whole body, by default up to 100 MB, before it calls the app. The margin of 1 MiB lets the app itself answer 413.
        { name: 'FUNCTIONS_REQUEST_BODY_SIZE_LIMIT', value: string(maxBodyBytes + 1048576) }
        // Turns off the host's own page at /, which has 150 KB.
        { name: 'AzureWebJobsDisableHomepage', value: 'true' }
        { name: 'Assets__MaxBytes', value: string(maxAssetBytes) }
        { name: 'Assets__MaxDownloads', value: string(maxDownloads) }
        { name: 'Assets__AllowedHosts', value: allowedHosts }
        { name: 'Assets__RestrictToAllowedHosts', value: string(restrictToAllowedHosts) }
        { name: 'Notify__Url', value: notifySettings.Notify__Url }
        { name: 'Notify__All', value: notifySettings.Notify__All }
        { name: 'Notify__Unconfirmed', value: notifySettings.Notify__Unconfirmed }
        { name: 'Notify__LinkMinutes', value: notifySettings.Notify__LinkMinutes }
        { name: 'Notify__AllowPrivate', value: notifySettings.Notify__AllowPrivate }
        { name: 'Notify__Queue', value: notifySettings.Notify__Queue }
        { name: 'Notify__EventGrid__topicEndpointUri', value: topicEndpoint }
        { name: 'Notify__EventGrid__credential', value: 'managedidentity' }
        { name: 'Notify__EventGrid__clientId', value: identity.properties.clientId }
        {
          name: 'Notify__Secret'
          value: empty(secrets.Notify__Secret) ? '' : '${inVault}${secretNames.Notify__Secret})'
        }
        { name: 'Storage__KeepRowsDays', value: string(keepRowsDays) }
        // <providers>
        { name: 'GEMINIGEN_PUBLIC_KEY', value: providerSettings.GEMINIGEN_PUBLIC_KEY }
        { name: 'GEMINI_WEBHOOK_AUDIENCE', value: providerSettings.GEMINI_WEBHOOK_AUDIENCE }
        { name: 'GEMINI_WEBHOOK_ISSUERS', value: providerSettings.GEMINI_WEBHOOK_ISSUERS }
        { name: 'SYNC_ACCEPT_PRIMARY_SIGNATURE', value: providerSettings.SYNC_ACCEPT_PRIMARY_SIGNATURE }
        {
          name: 'GEMINIGEN_WEBHOOK_TOKEN'
          value: empty(secrets.GEMINIGEN_WEBHOOK_TOKEN) ? '' : '${inVault}${secretNames.GEMINIGEN_WEBHOOK_TOKEN})'
        }
        {
          name: 'GEMINIGEN_API_KEY'
          value: empty(secrets.GEMINIGEN_API_KEY) ? '' : '${inVault}${secretNames.GEMINIGEN_API_KEY})'
        }
        {
          name: 'GEMINI_WEBHOOK_SECRET'
          value: empty(secrets.GEMINI_WEBHOOK_SECRET) ? '' : '${inVault}${secretNames.GEMINI_WEBHOOK_SECRET})'
        }
        {
          name: 'GEMINI_WEBHOOK_TOKEN'
          value: empty(secrets.GEMINI_WEBHOOK_TOKEN) ? '' : '${inVault}${secretNames.GEMINI_WEBHOOK_TOKEN})'
        }
        {
          name: 'GEMINI_API_KEY'
          value: empty(secrets.GEMINI_API_KEY) ? '' : '${inVault}${secretNames.GEMINI_API_KEY})'
        }
        {
          name: 'SYNC_WEBHOOK_SECRET'
          value: empty(secrets.SYNC_WEBHOOK_SECRET) ? '' : '${inVault}${secretNames.SYNC_WEBHOOK_SECRET})'
        }
        { name: 'SYNC_API_KEY', value: empty(secrets.SYNC_API_KEY) ? '' : '${inVault}${secretNames.SYNC_API_KEY})' }
        {
          name: 'REPLICATE_WEBHOOK_SECRET'
          value: empty(secrets.REPLICATE_WEBHOOK_SECRET) ? '' : '${inVault}${secretNames.REPLICATE_WEBHOOK_SECRET})'
        }
        {
          name: 'REPLICATE_API_TOKEN'
          value: empty(secrets.REPLICATE_API_TOKEN) ? '' : '${inVault}${secretNames.REPLICATE_API_TOKEN})'
        }
        {
          name: 'FAL_WEBHOOK_TOKEN'
          value: empty(secrets.FAL_WEBHOOK_TOKEN) ? '' : '${inVault}${secretNames.FAL_WEBHOOK_TOKEN})'
        }
        {
          name: 'BFL_WEBHOOK_SECRET'
          value: empty(secrets.BFL_WEBHOOK_SECRET) ? '' : '${inVault}${secretNames.BFL_WEBHOOK_SECRET})'
        }
        { name: 'BFL_API_KEY', value: empty(secrets.BFL_API_KEY) ? '' : '${inVault}${secretNames.BFL_API_KEY})' }
        {
          name: 'HEYGEN_WEBHOOK_SECRET'
          value: empty(secrets.HEYGEN_WEBHOOK_SECRET) ? '' : '${inVault}${secretNames.HEYGEN_WEBHOOK_SECRET})'
        }
        {
          name: 'HEYGEN_API_KEY'
          value: empty(secrets.HEYGEN_API_KEY) ? '' : '${inVault}${secretNames.HEYGEN_API_KEY})'
        }
        {
          name: 'OPENROUTER_WEBHOOK_SECRET'
          value: empty(secrets.OPENROUTER_WEBHOOK_SECRET) ? '' : '${inVault}${secretNames.OPENROUTER_WEBHOOK_SECRET})'
        }
        {
          name: 'OPENROUTER_API_KEY'
          value: empty(secrets.OPENROUTER_API_KEY) ? '' : '${inVault}${secretNames.OPENROUTER_API_KEY})'
        }
        {
          name: 'LEONARDO_WEBHOOK_TOKEN'
          value: empty(secrets.LEONARDO_WEBHOOK_TOKEN) ? '' : '${inVault}${secretNames.LEONARDO_WEBHOOK_TOKEN})'
        }
        {
          name: 'LEONARDO_API_KEY'
          value: empty(secrets.LEONARDO_API_KEY) ? '' : '${inVault}${secretNames.LEONARDO_API_KEY})'
        }
        // </providers>
      ]
    }
  }

  // azd and the pipeline publish with an Entra token, so user names and passwords are not needed.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

@description('Base URL of the app, without a trailing slash.')
output url string = 'https://${app.properties.defaultHostName}'
