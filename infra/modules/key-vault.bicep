metadata description = 'The key vault with the secrets of the providers and of the notifications. It holds nothing else.'

import { secretByName, secretNames, textByName } from 'shared.bicep'

@description('Name of the vault.')
param name string

@description('Values by the name of their setting, one for each of secretNames. An empty value creates no secret.')
param secrets secretByName

@description('Whether the vault can be reached from the internet. It always requires an Entra token.')
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
    // The minimum. There is no purge protection, because all these secrets can be set again. A vault that cannot be purged keeps its name reserved, so
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
