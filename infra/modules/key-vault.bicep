metadata description = 'The vault of the providers\' secrets. It holds nothing else.'

import { secretByName, secretNames, textByName } from 'shared.bicep'

@description('Name of the vault.')
param name string

@description('Values by the name of their setting, one for each of secretNames. Empty ones make no secret.')
param secrets secretByName

@description('Whether the vault is open to the internet. It asks for an Entra token either way.')
param publicAccess bool

@description('Region.')
param location string

@description('Tags.')
param tags textByName

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    // The minimum. There is no purge protection: these are copies of what the providers know. A vault that cannot be purged blocks its own name, and
    // 'azd down --purge' followed by 'azd up' would fail.
    enableSoftDelete: true
    softDeleteRetentionInDays: 7
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    networkAcls: {
      defaultAction: publicAccess ? 'Allow' : 'Deny'
      bypass: 'None'
    }
  }

  resource secret 'secrets' = [
    for secret in items(secretNames): if (!empty(secrets[secret.key])) {
      name: secret.value
      properties: {
        value: secrets[secret.key]
        contentType: 'text/plain'
      }
    }
  ]
}
