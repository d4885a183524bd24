metadata description = 'The namespace and its queues. What is fixed when a queue is made (duplicate detection, sessions, partitioning) is written out even where it is the default.'

import { queues, textByName } from 'shared.bicep'

@description('Name of the namespace.')
param name string

@description('Messaging units of the Premium tier; 0 is Standard.')
param premiumUnits int

@description('Message brokers that a Premium namespace is spread over.')
param partitions int

@description('Whether a Premium namespace is asked to spread over the zones. Standard does so anyway where the region has zones.')
param zoneRedundant bool

@description('Whether the namespace is open to the internet. Only Premium can be closed.')
param publicAccess bool

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Whether the namespace is of the Premium tier.')
var premium = premiumUnits > 0

@description('Properties that the queues share that the app consumes.')
var shared = {
  // The app renews the lock while it works, so a message that a killed process held waits this long.
  lockDuration: 'PT1M'
  // The maximum. A retry is a separate message, so deliveries count crashes and lost locks, and one crash of a worker uses up ten in 0.2 s.
  maxDeliveryCount: 2000
  defaultMessageTimeToLive: 'P14D'
  // An event that was not consumed for 14 days is not dropped but dead-lettered.
  deadLetteringOnMessageExpiration: true
  maxSizeInMegabytes: 5120
  // On Standard, partitions would add space, but duplicates would be detected only within one. On Premium, the namespace decides.
  enablePartitioning: premium && partitions > 1
  requiresSession: false
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: premium ? 'Premium' : 'Standard'
    tier: premium ? 'Premium' : 'Standard'
    capacity: premium ? premiumUnits : null
  }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: publicAccess ? 'Enabled' : 'Disabled'
    premiumMessagingPartitions: premium ? partitions : null
    zoneRedundant: premium && zoneRedundant ? true : null
  }

  resource events 'queues' = {
    name: queues.events
    properties: {
      ...shared
      // Seven days is the longest possible window, and longer than any provider repeats a webhook.
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: 'P7D'
    }
  }

  resource downloads 'queues' = {
    name: queues.downloads
    properties: {
      ...shared
      // A send whose MessageId was seen is accepted and dropped, which would lose retries and replays here.
      requiresDuplicateDetection: false
    }
  }

  resource notifications 'queues' = {
    name: queues.notifications
    properties: {
      ...shared
      // As for downloads, the row decides: the notification's row says what was sent.
      requiresDuplicateDetection: false
    }
  }

  resource results 'queues' = {
    name: queues.results
    properties: {
      ...shared
      // A notification may be sent more than once, always with the same id.
      requiresDuplicateDetection: true
      duplicateDetectionHistoryTimeWindow: 'P7D'
      // The default, because the deliveries are those of the user's own consumer.
      maxDeliveryCount: 10
      // Messages that nobody reads are dropped, because otherwise a queue without a consumer would raise the alert on dead letters.
      deadLetteringOnMessageExpiration: false
    }
  }
}
