metadata description = 'The managed identity of the app. It is user-assigned, so that its roles exist before the app starts for the first time.'

import { textByName } from 'shared.bicep'

@description('Name of the identity.')
param name string

@description('Region.')
param location string

@description('Tags.')
param tags textByName

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}
