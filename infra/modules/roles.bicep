metadata description = 'All role assignments, each with its reason. None of these roles can assign roles.'

import { containers, queues, tables } from 'shared.bicep'

@description('Name of the storage account.')
param storageName string

@description('Name of the Service Bus namespace.')
param serviceBusName string

@description('Name of the key vault.')
param keyVaultName string

@description('Name of the Application Insights component.')
param insightsName string

@description('Name of the app\'s identity.')
param identityName string

@description('Name of the Event Grid topic for notifications; empty for none.')
param topicName string

@description('Whether the app is Data Owner of its queues, and so could delete them: see readQueueLengthAsOwner in main.bicep.')
param queueOwner bool

@description('Object id of the deploying person or pipeline; empty for none.')
param deployerPrincipalId string

@description('Type of that principal.')
param deployerPrincipalType string

@description('none, read or work: see deployerAccess in main.bicep.')
param deployerAccess string

@description('Built-in roles.')
var role = {
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  blobReader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  tableReader: '76199698-9eea-4c19-bc75-cec21354c6b6'
  queueSender: '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
  queueReceiver: '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'
  queueOwner: '090c5cfd-751d-490a-894a-3ce6f1109419'
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6'
  eventGridSender: 'd5a91429-5739-47e2-a06b-3470a27159e7'
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

@description('Principals that read and write the data: the app, and the deployer if the app may be run locally.')
var workers = concat(['app'], deployerAccess == 'work' && !empty(deployerPrincipalId) ? ['deployer'] : [])

@description('Whether the deployer may only read the data.')
var deployerReads = deployerAccess == 'read' && !empty(deployerPrincipalId)

@description('Roles of these principals on the storage account. They apply to the whole account, because the Functions host creates containers and tables of its own.')
var accountRoles = [
  {
    id: role.blobContributor
    // The host's documentation asks for Data Owner. That adds only the right to set POSIX owners and access lists, which is not needed here.
    reason: 'Stores media and raw events, and signs links to media with a user delegation key. The Functions host stores its leases, its keys and the package here.'
  }
  {
    id: role.tableContributor
    reason: 'Stores the states of events, assets and jobs. The Functions host stores its diagnostic events here.'
  }
]

@description('Roles of these principals on each queue.')
var queueRoles = concat(
  [
    {
      id: role.queueSender
      reason: 'Sends messages: received webhooks, retries and replays.'
    }
    {
      id: role.queueReceiver
      reason: 'Receives messages and reads dead letters. The platform reads how many messages wait.'
    }
  ],
  queueOwner
    ? [
        {
          id: role.queueOwner
          reason: 'Set by parameter readQueueLengthAsOwner: lets the platform read the length of the queue if Data Receiver does not.'
        }
      ]
    : []
)

@description('Each principal with each of its roles on the storage account.')
var accountGrants = flatten(map(workers, worker => map(accountRoles, role => { to: worker, role: role })))

@description('Each principal with each of its roles on a queue.')
var queueGrants = flatten(map(workers, worker => map(queueRoles, role => { to: worker, role: role })))

@description('Each principal with its role on queue job-results, which is to send. Your own systems consume that queue.')
var resultGrants = map(workers, worker => { to: worker, role: queueRoles[0] })

@description('Containers that the deployer may read. Those of the Functions host are not among them, because they hold the keys of the app.')
var readableContainers = [containers.assets, containers.rawEvents]

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' existing = {
  name: identityName
}

resource account 'Microsoft.Storage/storageAccounts@2025-01-01' existing = {
  name: storageName

  resource blobs 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = [
      for container in readableContainers: {
        name: container
      }
    ]
  }

  resource tableService 'tableServices' existing = {
    name: 'default'

    resource table 'tables' existing = [
      for table in tables: {
        name: table
      }
    ]
  }
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName

  resource events 'queues' existing = {
    name: queues.events
  }

  resource downloads 'queues' existing = {
    name: queues.downloads
  }

  resource notifications 'queues' existing = {
    name: queues.notifications
  }

  resource results 'queues' existing = {
    name: queues.results
  }
}

resource topic 'Microsoft.EventGrid/topics@2025-02-15' existing = if (!empty(topicName)) {
  name: empty(topicName) ? 'none' : topicName
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: keyVaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource onAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in accountGrants: {
    scope: account
    name: guid(account.id, grant.to == 'app' ? identity.id : deployerPrincipalId, grant.role.id)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role.id)
      principalId: grant.to == 'app' ? identity.properties.principalId : deployerPrincipalId
      principalType: grant.to == 'app' ? 'ServicePrincipal' : deployerPrincipalType
      description: grant.role.reason
    }
  }
]

resource onEvents 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in queueGrants: {
    scope: namespace::events
    name: guid(namespace::events.id, grant.to == 'app' ? identity.id : deployerPrincipalId, grant.role.id)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role.id)
      principalId: grant.to == 'app' ? identity.properties.principalId : deployerPrincipalId
      principalType: grant.to == 'app' ? 'ServicePrincipal' : deployerPrincipalType
      description: grant.role.reason
    }
  }
]

resource onDownloads 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in queueGrants: {
    scope: namespace::downloads
    name: guid(namespace::downloads.id, grant.to == 'app' ? identity.id : deployerPrincipalId, grant.role.id)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role.id)
      principalId: grant.to == 'app' ? identity.properties.principalId : deployerPrincipalId
      principalType: grant.to == 'app' ? 'ServicePrincipal' : deployerPrincipalType
      description: grant.role.reason
    }
  }
]

resource onNotifications 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in queueGrants: {
    scope: namespace::notifications
    name: guid(namespace::notifications.id, grant.to == 'app' ? identity.id : deployerPrincipalId, grant.role.id)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role.id)
      principalId: grant.to == 'app' ? identity.properties.principalId : deployerPrincipalId
      principalType: grant.to == 'app' ? 'ServicePrincipal' : deployerPrincipalType
      description: grant.role.reason
    }
  }
]

resource onResults 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for grant in resultGrants: {
    scope: namespace::results
    name: guid(namespace::results.id, grant.to == 'app' ? identity.id : deployerPrincipalId, grant.role.id)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role.id)
      principalId: grant.to == 'app' ? identity.properties.principalId : deployerPrincipalId
      principalType: grant.to == 'app' ? 'ServicePrincipal' : deployerPrincipalType
      description: grant.role.reason
    }
  }
]

resource onTopic 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for worker in workers: if (!empty(topicName)) {
    scope: topic
    name: guid(topic.id, worker == 'app' ? identity.id : deployerPrincipalId, role.eventGridSender)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.eventGridSender)
      principalId: worker == 'app' ? identity.properties.principalId : deployerPrincipalId
      principalType: worker == 'app' ? 'ServicePrincipal' : deployerPrincipalType
      description: 'Publishes the notifications of finished jobs. Access keys of the topic are disabled.'
    }
  }
]

resource onVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, identity.id, role.secretsUser)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.secretsUser)
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    description: 'Resolves the Key Vault references of the settings. Assigned on the whole vault, because it holds only these secrets.'
  }
}

resource onInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, identity.id, role.metricsPublisher)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.metricsPublisher)
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    description: 'Sends telemetry. Local authentication is disabled.'
  }
}

resource onContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (container, index) in readableContainers: if (deployerReads) {
    scope: account::blobs::container[index]
    name: guid(account::blobs::container[index].id, deployerPrincipalId, role.blobReader)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.blobReader)
      principalId: deployerPrincipalId
      principalType: deployerPrincipalType
      description: 'Reads the media and the raw events in Storage Explorer.'
    }
  }
]

resource onTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (table, index) in tables: if (deployerReads) {
    scope: account::tableService::table[index]
    name: guid(account::tableService::table[index].id, deployerPrincipalId, role.tableReader)
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.tableReader)
      principalId: deployerPrincipalId
      principalType: deployerPrincipalType
      description: 'Reads the states of events and jobs in Storage Explorer.'
    }
  }
]
