metadata description = 'An Event Grid topic that gets a CloudEvent for each finished job.'

import { textByName } from 'shared.bicep'

@description('Name of the topic.')
param name string

@secure()
@description('HTTPS endpoint of the example subscription; empty for none. Such a URL often carries a key.')
param endpoint string

@description('Region.')
param location string

@description('Tags.')
param tags textByName

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: name
  location: location
  tags: tags
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: 'Enabled'
  }

  resource finished 'eventSubscriptions' = if (!empty(endpoint)) {
    name: 'finished-jobs'
    properties: {
      destination: {
        endpointType: 'WebHook'
        properties: { endpointUrl: endpoint }
      }
      eventDeliverySchema: 'CloudEventSchemaV1_0'
      filter: {
        includedEventTypes: [
          'webhookfunctions.job.succeeded'
          'webhookfunctions.job.failed'
          'webhookfunctions.job.cancelled'
          'webhookfunctions.job.expired'
        ]
      }
    }
  }
}

@description('Endpoint to which events are published.')
output endpoint string = topic.properties.endpoint
