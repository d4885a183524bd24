metadata description = 'One account for all the app keeps: media and raw events in containers, states in tables, and the Functions host\'s own containers and deployment package.'

import { containers, tables, textByName } from 'shared.bicep'

@description('Name of the account.')
param name string

@description('Redundancy.')
param sku string

@description('Days that raw events are kept; 0 for ever.')
param rawEventsRetentionDays int

@description('Whether the account is open to the internet. It asks for an Entra token either way.')
param publicAccess bool

@description('Region.')
param location string

@description('Tags.')
param tags textByName

// The Functions host makes two containers more, azure-webjobs-hosts and azure-webjobs-secrets.
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
      // A week to undo a mistaken delete: the provider has long since dropped its own copy.
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

  resource lifecycle 'managementPolicies' = if (rawEventsRetentionDays > 0) {
    name: 'default'
    // The policy service answers 404 while the blob service is still being made.
    dependsOn: [blobs]
    properties: {
      policy: {
        rules: [
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
      }
    }
  }
}
