metadata description = 'The Service Bus namespace and its queues. Properties that cannot be changed later (duplicate detection, sessions, partitioning) are set explicitly, even to their default.'

import { queues, textByName } from 'shared.bicep'

@description('Name of the namespace.')
param name string

@description('Messaging units of the Premium tier; 0 is Standard.')
param premiumUnits int

@description('Message brokers that a Premium namespace is spread over.')
param partitions int

@description('Whether a Premium namespace is zone redundant. Standard always is where the region has zones.')
param zoneRedundant bool

@description('Whether the namespace can be reached from the internet. Only Premium can be closed.')
param publicAccess bool

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Whether the namespace is of the Premium tier.')
var premium = premiumUnits > 0

@description('Properties that all queues share.')
var shared = {
  // The app renews the lock while it works. After a crash a message is redelivered within this time.
  lockDuration: 'PT1M'
  // The maximum. A retry is a separate message, so deliveries count crashes and lost locks, and one crash of a worker uses up ten in 0.2 s.
  maxDeliveryCount: 2000
  defaultMessageTimeToLive: 'P14D'
  // A message that was not consumed for 14 days is dead-lettered, not dropped.
  deadLetteringOnMessageExpiration: true
  maxSizeInMegabytes: 5120
  // On Standard, partitions would add space, but duplicates would be detected only within one partition. On Premium, the namespace decides.
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
      // As for downloads. The notification's row shows what was sent.
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
