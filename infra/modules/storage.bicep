metadata description = 'The storage account: media and raw events in containers, states in tables, and the Functions host\'s own containers and deployment package.'

import { containers, tables, textByName } from 'shared.bicep'

@description('Name of the account.')
param name string

@description('Redundancy.')
param sku string

@description('Days for which raw events are kept; 0 for ever.')
param rawEventsRetentionDays int

@description('Ages in days at which a stored file is moved or deleted; 0 for never.')
type assetAges = {
  @description('Age at which it moves to the cool tier.')
  cool: int

  @description('Age at which it moves to the cold tier.')
  cold: int

  @description('Age at which it moves to the archive tier.')
  archive: int

  @description('Age at which it is deleted.')
  delete: int
}

@description('Ages at which stored files are moved or deleted.')
param assetDays assetAges

@description('Whether the account can be reached from the internet. It always requires an Entra token.')
param publicAccess bool

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Lifecycle rule for raw webhooks, if they are not kept for ever.')
var rawEventRules = rawEventsRetentionDays == 0
  ? []
  : [
      {
        name: 'delete-old-raw-events'
        type: 'Lifecycle'
        enabled: true
        definition: {
          filters: {
            blobTypes: ['blockBlob']
            prefixMatch: ['${containers.rawEvents}/']
          }
          actions: {
            baseBlob: { delete: { daysAfterModificationGreaterThan: rawEventsRetentionDays } }
          }
        }
      }
    ]

@description('Lifecycle rule for stored files, if any age is set.')
var assetRules = assetDays.cool + assetDays.cold + assetDays.archive + assetDays.delete == 0
  ? []
  : [
      {
        name: 'age-assets'
        type: 'Lifecycle'
        enabled: true
        definition: {
          filters: {
            blobTypes: ['blockBlob']
            prefixMatch: ['${containers.assets}/']
          }
          actions: {
            baseBlob: {
              tierToCool: assetDays.cool == 0 ? null : { daysAfterModificationGreaterThan: assetDays.cool }
              tierToCold: assetDays.cold == 0 ? null : { daysAfterModificationGreaterThan: assetDays.cold }
              tierToArchive: assetDays.archive == 0 ? null : { daysAfterModificationGreaterThan: assetDays.archive }
              delete: assetDays.delete == 0 ? null : { daysAfterModificationGreaterThan: assetDays.delete }
            }
          }
        }
      }
    ]

// The Functions host creates two more containers, azure-webjobs-hosts and azure-webjobs-secrets.
resource account 'Microsoft.Storage/storageAccounts@2025-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicAccess ? 'Allow' : 'Deny'
      bypass: 'None'
    }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // A week to undo a mistaken delete, because the provider may have deleted its own copy by then.
      deleteRetentionPolicy: { enabled: true, days: 7 }
      containerDeleteRetentionPolicy: { enabled: true, days: 7 }
    }

    resource container 'containers' = [
      for container in items(containers): {
        name: container.value
        properties: { publicAccess: 'None' }
      }
    ]
  }

  resource tableService 'tableServices' = {
    name: 'default'

    resource table 'tables' = [
      for table in tables: {
        name: table
      }
    ]
  }

  resource lifecycle 'managementPolicies' = if (!empty(concat(rawEventRules, assetRules))) {
    name: 'default'
    // The policy service answers 404 until the blob service is created.
    dependsOn: [blobs]
    properties: {
      policy: {
        rules: concat(rawEventRules, assetRules)
      }
    }
  }
}
