metadata description = 'A virtual network for the app\'s outbound connections, with private endpoints for storage, Service Bus and Key Vault.'

import { textByName } from 'shared.bicep'

@description('Name of the virtual network.')
param name string

@description('Name of the NAT gateway.')
param natGatewayName string

@description('Name of the NAT gateway\'s address.')
param publicIpName string

@description('Prefix of the private endpoints\' names.')
param endpointPrefix string

@description('Name of the storage account.')
param storageName string

@description('Name of the Service Bus namespace.')
param serviceBusName string

@description('Name of the key vault.')
param keyVaultName string

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Private endpoints: the resource, its sub-resource, and the private DNS zone of its name.')
var endpoints = [
  {
    name: 'blob'
    type: 'Microsoft.Storage/storageAccounts'
    of: storageName
    zone: 'privatelink.blob.${environment().suffixes.storage}'
  }
  {
    name: 'table'
    type: 'Microsoft.Storage/storageAccounts'
    of: storageName
    zone: 'privatelink.table.${environment().suffixes.storage}'
  }
  {
    name: 'namespace'
    type: 'Microsoft.ServiceBus/namespaces'
    of: serviceBusName
    zone: 'privatelink.servicebus.windows.net'
  }
  {
    name: 'vault'
    type: 'Microsoft.KeyVault/vaults'
    of: keyVaultName
    zone: 'privatelink.vaultcore.azure.net'
  }
]

// New networks have no outbound access by default, and downloads need it. The gateway also has a fixed address, which others can allow.
resource publicIp 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: publicIpName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource natGateway 'Microsoft.Network/natGateways@2024-05-01' = {
  name: natGatewayName
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: publicIp.id }] }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.0.0.0/16'] }
    subnets: [
      {
        name: 'app'
        properties: {
          addressPrefix: '10.0.0.0/24'
          natGateway: { id: natGateway.id }
          delegations: [
            {
              name: 'flex-consumption'
              properties: { serviceName: 'Microsoft.App/environments' }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: '10.0.1.0/24' }
      }
    ]
  }

  resource inner 'subnets' existing = {
    name: 'endpoints'
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for endpoint in endpoints: {
    name: endpoint.zone
    location: 'global'
    tags: tags
  }
]

resource zoneLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (endpoint, index) in endpoints: {
    parent: zone[index]
    name: name
    location: 'global'
    tags: tags
    properties: {
      virtualNetwork: { id: network.id }
      registrationEnabled: false
    }
  }
]

resource privateEndpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for endpoint in endpoints: {
    name: '${endpointPrefix}${endpoint.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: network::inner.id }
      privateLinkServiceConnections: [
        {
          name: endpoint.name
          properties: {
            privateLinkServiceId: resourceId(endpoint.type, endpoint.of)
            groupIds: [endpoint.name]
          }
        }
      ]
    }
  }
]

resource zoneGroup 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (endpoint, index) in endpoints: {
    parent: privateEndpoint[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: endpoint.name
          properties: { privateDnsZoneId: zone[index].id }
        }
      ]
    }
  }
]
