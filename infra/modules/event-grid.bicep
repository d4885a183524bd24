metadata description = 'Event Grid on the storage account: other systems get an event for each stored file.'

import { containers, textByName } from 'shared.bicep'

@description('Name of the topic.')
param name string

@description('Name of the storage account.')
param storageName string

@secure()
@description('HTTPS endpoint of the example subscription; empty for none. Such a URL often carries a key.')
param endpoint string

@description('Region.')
param location string

@description('Tags.')
param tags textByName

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    source: account.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }

  // The app commits each file once, as a whole, so each complete file raises one event.
  resource stored 'eventSubscriptions' = if (!empty(endpoint)) {
    name: 'stored-assets'
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: { endpointUrl: endpoint }
      }
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      filter: {
        includedEventTypes: ['Microsoft.Storage.BlobCreated']
        subjectBeginsWith: '/blobServices/default/containers/${containers.assets}/'
      }
    }
  }
}
