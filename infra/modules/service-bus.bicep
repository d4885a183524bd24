metadata description = 'The namespace and its two queues. What is fixed when a queue is made (duplicate detection, sessions, partitioning) is written out even where it is the default.'

import { queues, textByName } from 'shared.bicep'

@description('Name of the namespace.')
param name string

@description('Messaging units of the Premium tier; 0 is Standard.')
param premiumMessagingUnits int

@description('Whether the namespace is open to the internet. Only Premium can be closed.')
param publicAccess bool

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Whether the namespace is of the Premium tier.')
var premium = premiumMessagingUnits > 0

@description('What the two queues share.')
var shared = {
  // The app renews the lock while it works; five minutes is the longest a lock can be.
  lockDuration: 'PT5M'
  maxDeliveryCount: 10
  defaultMessageTimeToLive: 'P14D'
  // An event that nobody took for 14 days is not dropped: it waits among the dead letters.
  deadLetteringOnMessageExpiration: true
  maxSizeInMegabytes: 5120
  // Partitions would multiply the size, but detection would then be by partition, and the choice can never be undone.
  enablePartitioning: false
  requiresSession: false
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: premium ? 'Premium' : 'Standard'
    tier: premium ? 'Premium' : 'Standard'
    capacity: premium ? premiumMessagingUnits : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    premiumMessagingPartitions: premium ? 1 : null
  }

  resource events 'queues' = {
    name: queues.events
    properties: {
      ...shared
      // Seven days is the longest window there is, and longer than any provider goes on repeating itself.
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: 'P7D'
    }
  }

  resource downloads 'queues' = {
    name: queues.downloads
    properties: {
      ...shared
      // A send whose MessageId was seen is accepted and dropped: here that would lose retries and replays.
      requiresDuplicateDetection: false
    }
  }
}
