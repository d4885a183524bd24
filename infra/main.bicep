targetScope = 'subscription'

metadata name = 'WebhookFunctions'
metadata description = 'A Function App that receives generation webhooks, with its queues, storage, secrets, alerts and workbook.'

@minLength(1)
@maxLength(64)
@description('Name of the azd environment. The resource group is named after it. The names of all resources are derived from it, the subscription and the region.')
param environmentName string

@minLength(1)
@description('Region of every resource. It must offer Flex Consumption: az functionapp list-flexconsumption-locations.')
@metadata({ azd: { type: 'location' } })
param location string

// -- Access of the deployer -------------------------------------------------------------------------------------------

@description('Object id of the deploying person or pipeline. Set by azd; if it is empty, only the app gets roles.')
param principalId string = ''

@allowed(['User', 'ServicePrincipal', 'Group'])
@description('Type of the principal in principalId. Set by azd: User for a person, ServicePrincipal for a pipeline.')
param principalType string = 'User'

@allowed(['none', 'read', 'work'])
@description('Access of the deployer to the data. read: the deployer sees the media and the tables in Storage Explorer (shared keys are off, so without this even an Owner of the subscription sees nothing). work: the deployer may also run the app locally on the data in Azure; it competes with the deployed app for the messages.')
param deployerAccess string = 'read'

// -- Providers: a provider without values is off, and the first deployment may have none -------------------------------

// <providers: parameters>
@description('GEMINIGEN_PUBLIC_KEY: GeminiGen.AI\'s public key in PEM; several one after the other during a rotation; \\n escapes are accepted.')
param geminigenPublicKey string = ''

@secure()
@description('GEMINIGEN_WEBHOOK_TOKEN: optional: tokens of which the URL must carry one.')
param geminigenWebhookToken string = ''

@secure()
@description('GEMINIGEN_API_KEY: optional: without a token, each event is confirmed by the history API.')
param geminigenApiKey string = ''

@secure()
@description('GEMINI_WEBHOOK_SECRET: secrets of static webhooks (whsec_…), separated by spaces.')
param geminiWebhookSecret string = ''

@secure()
@description('GEMINI_WEBHOOK_TOKEN: turns dynamic webhooks on: tokens of which their URL must carry one.')
param geminiWebhookToken string = ''

@description('GEMINI_WEBHOOK_AUDIENCE: accepts dynamic webhooks as JWTs too: the audience that these must name.')
param geminiWebhookAudience string = ''

@description('GEMINI_WEBHOOK_ISSUERS: who may have issued these JWTs, default https://accounts.google.com accounts.google.com.')
param geminiWebhookIssuers string = ''

@secure()
@description('GEMINI_API_KEY: to download results from the Files API and to ask for batches and interactions; turns dynamic webhooks on too, which the API then confirms.')
param geminiApiKey string = ''

@secure()
@description('SYNC_WEBHOOK_SECRET: secrets, separated by spaces.')
param syncWebhookSecret string = ''

@description('SYNC_ACCEPT_PRIMARY_SIGNATURE: true accepts header X-Signature-Primary too, which covers no time. Default false.')
param syncAcceptPrimarySignature bool = false

@secure()
@description('SYNC_API_KEY: optional: to recover missed webhooks, and to renew expired links.')
param syncApiKey string = ''

@secure()
@description('REPLICATE_WEBHOOK_SECRET: secrets (whsec_…), separated by spaces.')
param replicateWebhookSecret string = ''

@secure()
@description('REPLICATE_API_TOKEN: optional: to recover missed webhooks, and to renew expired links.')
param replicateApiToken string = ''

@secure()
@description('FAL_WEBHOOK_TOKEN: turns fal.ai on: tokens of which its URL must carry one.')
param falWebhookToken string = ''

@secure()
@description('BFL_WEBHOOK_SECRET: the webhook_secret that your requests name; several separated by spaces.')
param bflWebhookSecret string = ''

@secure()
@description('BFL_API_KEY: optional: to recover missed webhooks, and to renew expired links.')
param bflApiKey string = ''

@secure()
@description('HEYGEN_WEBHOOK_SECRET: the secrets that HeyGen shows when the URL is registered, unchanged; separated by spaces.')
param heygenWebhookSecret string = ''

@secure()
@description('HEYGEN_API_KEY: optional: to recover missed webhooks, and to renew expired links.')
param heygenApiKey string = ''

@secure()
@description('OPENROUTER_WEBHOOK_SECRET: the signing secret of your workspace; several separated by spaces.')
param openrouterWebhookSecret string = ''

@secure()
@description('OPENROUTER_API_KEY: optional: to recover missed webhooks, and to renew expired links.')
param openrouterApiKey string = ''

@secure()
@description('LEONARDO_WEBHOOK_TOKEN: the webhook callback API key that you chose, of at least 16 URL-safe characters; several separated by spaces.')
param leonardoWebhookToken string = ''

@secure()
@description('LEONARDO_API_KEY: optional: to recover missed webhooks, and to renew expired links.')
param leonardoApiKey string = ''
// </providers>

// -- Limits; the defaults are the app's own ---------------------------------------------------------------------------

@minValue(1)
@maxValue(30000000)
@description('Receive__MaxBodyBytes: a larger webhook is answered 413.')
param maxBodyBytes int = 1048576

@minValue(1)
@description('Assets__MaxBytes: a larger file is not stored.')
param maxAssetBytes int = 5368709120

@minValue(1)
@maxValue(1024)
@description('Assets__MaxDownloads: concurrent downloads in one instance, each with 20 MiB of buffers. At most 4 if an instance has 512 MB of memory.')
param maxDownloads int = 16

@description('Assets__AllowedHosts: hosts, separated by spaces, from which media may be downloaded in addition to those that each provider is known to use.')
param allowedHosts string = ''

@description('Assets__RestrictToAllowedHosts: applies the host list to proven events too, whose links come from the provider.')
param restrictToAllowedHosts bool = false

// -- The app ---------------------------------------------------------------------------------------------------------

@allowed([512, 2048, 4096])
@description('Memory of an instance in MB; processor and network bandwidth grow with it. 512 costs a quarter of 2048, and needs maxDownloads at 4 or less.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Maximum number of instances, which also limits the bill. Service Bus Standard (1,000 operations a second) is the bottleneck long before 40 instances are busy.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(1000)
@description('Concurrent HTTP requests in one instance. 0 means the platform\'s default: 4, 16 or 32, depending on memory.')
param httpConcurrency int = 0

@minValue(0)
@maxValue(100)
@description('Always-ready instances for HTTP, and so for webhooks. A cold start can take longer than the few seconds for which Gemini waits for an answer. Gemini then sends the webhook again; Sync may not. Each instance costs about 21 USD a month at 2048 MB even when idle (0.000004 USD per GB-second; check the price list). The free grant does not apply to it.')
param alwaysReadyHttp int = 0

@minValue(0)
@maxValue(100)
@description('Always-ready instances for RecordEvent, at the same price. Rarely worth it, because messages can wait in the queue.')
param alwaysReadyRecordEvent int = 0

@minValue(0)
@maxValue(100)
@description('Always-ready instances for DownloadAsset, at the same price. For links that expire within seconds.')
param alwaysReadyDownloadAsset int = 0

@allowed(['RollingUpdate', 'Recreate'])
@description('How instances are replaced when code or a setting changes. RollingUpdate drains them in batches while new ones start (in preview at Azure); two instances in alwaysReadyHttp leave no gap even on a quiet app. Recreate ends every running execution at once, and the app does not answer until new instances have started.')
param updateStrategy string = 'RollingUpdate'

@description('Spreads the plan, storage (Standard_LRS becomes Standard_ZRS) and Service Bus over the availability zones of the region. Service Bus Standard is zone redundant anyway where the region has zones. The region must offer zone redundant Flex Consumption. It keeps at least two instances warm in each always-ready group that has any.')
param zoneRedundant bool = false

// -- Storage ---------------------------------------------------------------------------------------------------------

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('Redundancy of the storage account: LRS keeps three copies in one data center, ZRS in three zones. GRS and GZRS also keep copies in a second region.')
param storageSku string = 'Standard_LRS'

@allowed([0, 30, 60, 90, 180, 365, 730])
@description('Days for which raw webhooks are kept; 0 means for ever. At least 30, because a message may need its body for 14 days, and its dead letter for another 14. A webhook id stays spent after its body is deleted.')
param rawEventsRetentionDays int = 90

@allowed([0, 30, 60, 90, 180, 365, 730])
@description('Storage__KeepRowsDays: days after which the app removes the rows and the raw body of an event that has ended; 0 means never. At least 30, because a message lives up to 14 days, and its dead letter another 14. The hash of the webhook id is kept, so that later webhooks with it are dropped. The files are kept: see assetsDeleteAfterDays.')
param keepRowsDays int = 0

@minValue(0)
@description('Days after which a stored file moves to the cool tier; 0 means never. Storing it costs about half, reading it costs 0.01 USD per GB, and at least 30 days are charged.')
param assetsCoolAfterDays int = 0

@minValue(0)
@description('Days after which a stored file moves to the cold tier; 0 means never. Storing it is cheaper still, reading it costs 0.03 USD per GB, and at least 90 days are charged.')
param assetsColdAfterDays int = 0

@minValue(0)
@description('Days after which a stored file moves to the archive tier; 0 means never. It must be rehydrated for hours before it can be read, and at least 180 days are charged. Zone-redundant storage has no archive tier.')
param assetsArchiveAfterDays int = 0

@minValue(0)
@description('Days after which a stored file is deleted; 0 means never. Its row is kept, and names a blob that no longer exists.')
param assetsDeleteAfterDays int = 0

// -- Notifications of finished jobs, to each target that is set -------------------------------------------------------

@description('Notify__Url: one or more https addresses, separated by spaces, to which a signed webhook is sent for each finished job. It is a plain setting, so it must not contain a key: the signature proves the sender.')
param notifyUrl string = ''

@secure()
@description('Notify__Secret: whsec_ followed by 24 to 64 random bytes in base64. During a rotation several, separated by spaces. Needed with notifyUrl.')
param notifySecret string = ''

@description('Notify__AllowPrivate: allows addresses of private networks (RFC 1918, fc00::/7) in notifyUrl.')
param notifyAllowPrivate bool = false

@description('Notify__Queue: also sends each notification to queue job-results, for your own consumers.')
param notifyQueue bool = false

@description('Creates an Event Grid topic to which each notification is published too.')
param notifyTopic bool = false

@secure()
@description('HTTPS endpoint that receives the notifications of that topic, as an example of a subscription. It must answer the validation request of CloudEvents (OPTIONS, WebHook-Allowed-Origin). Needs notifyTopic.')
param notifyTopicEndpoint string = ''

@description('Notify__All: sends notifications of progress too.')
param notifyAll bool = false

@description('Notify__Unconfirmed: also sends notifications of unconfirmed events.')
param notifyUnconfirmed bool = false

@minValue(0)
@maxValue(1440)
@description('Notify__LinkMinutes: lifetime in minutes of the links to files in each notification; 0 means no links.')
param notifyLinkMinutes int = 0

// -- Events for other systems ----------------------------------------------------------------------------------------

@description('Creates an Event Grid system topic on the storage account, to which subscriptions for stored files (BlobCreated) can be added.')
param eventGridTopic bool = false

@secure()
@description('HTTPS endpoint that receives a CloudEvent for every file in container assets, as an example of a subscription. It must answer the validation request of CloudEvents (OPTIONS, WebHook-Allowed-Origin). Needs eventGridTopic.')
param blobCreatedEndpoint string = ''

// -- Network ---------------------------------------------------------------------------------------------------------

@description('Closes storage, Service Bus and Key Vault to the internet. The app reaches them through private endpoints. Service Bus has private endpoints only in the Premium tier: about 677 USD a month for a messaging unit instead of 10, and some 70 USD for endpoints, NAT gateway and address (see README.md). Choose before the first deployment: a namespace cannot change its tier, so switching creates a second namespace and leaves the first, with the messages in its queues.')
param privateNetwork bool = false

@allowed([0, 1, 2, 4, 8, 16, 32, 64])
@description('Messaging units of Service Bus Premium, at about 677 USD a month each. 0 means Standard, which allows 1,000 operations a second. With privateNetwork there is at least one.')
param messagingUnits int = 0

@allowed([1, 2, 4])
@description('Message brokers that a Premium namespace is spread over; messagingUnits must be a multiple of it. It is fixed when the namespace is created: another number creates another namespace.')
param messagingPartitions int = 1

@description('Makes the app Data Owner of the queues that it consumes. Set it only if the logs contain "does not have Manage claim". In that case the platform cannot read how many messages wait, so it adds instances one at a time. It also may not start an idle app while only scheduled retries are at the head of a queue. Off by default, because Data Receiver should be enough to read a queue, and an owner can delete it.')
param readQueueLengthAsOwner bool = false

// -- Alerts and logs --------------------------------------------------------------------------------------------------

@description('Email address for alerts. If it is empty, no action group is created, and alerts are shown only in the portal.')
param alertEmail string = ''

@description('Resource id of your own action group, which gets the alerts in addition to alertEmail.')
param alertActionGroupId string = ''

@minValue(5)
@maxValue(1440)
@description('Minutes after which an event that is not finished raises an alert. Retries of a download continue for up to 24 hours, so the alert also shows that files of a provider cannot be downloaded.')
param oldestEventAlertMinutes int = 60

@minValue(1)
@description('Number of rejected signatures within 15 minutes that raises an alert. The cause is a forger, or a secret that was rotated on one side only.')
param rejectedSignaturesAlertCount int = 20

@minValue(1)
@description('Number of failed notification attempts within 15 minutes that raises an alert: one of your systems does not accept them.')
param failedNotificationsAlertCount int = 20

@description('Daily cap of the logs in GB; -1 means no limit. Once it is reached, the alerts on logs do not fire until the next day. The alert on dead letters still does.')
param logDailyCapGb int = 5

// --------------------------------------------------------------------------------------------------------------------

@description('Prefixes by resource type.')
var abbreviations = loadJsonContent('abbreviations.json')

@description('Thirteen characters that depend only on the subscription, the environment and the region.')
var token = toLower(uniqueString(subscription().id, environmentName, location))

@description('azd finds the resources of an environment by this tag.')
var tags = { 'azd-env-name': environmentName }

@description('Messaging units; 0 is Standard.')
var premiumUnits = privateNetwork ? max(messagingUnits, messagingPartitions) : messagingUnits

@description('Suffix of the namespace\'s name. The tier and the number of partitions of a namespace cannot be changed, so another choice needs another name.')
var namespaceSuffix = premiumUnits == 0 ? '' : messagingPartitions == 1 ? '-premium' : '-premium${messagingPartitions}'

@description('Redundancy of the storage account; zone redundant if zoneRedundant is set.')
var sku = !zoneRedundant
  ? storageSku
  : storageSku == 'Standard_LRS' ? 'Standard_ZRS' : storageSku == 'Standard_GRS' ? 'Standard_GZRS' : storageSku

@description('Names that several modules need. They are computed here, so that no module depends on another only for a name.')
var names = {
  app: '${abbreviations.webSitesFunctions}api-${token}'
  identity: '${abbreviations.managedIdentityUserAssignedIdentities}api-${token}'
  insights: '${abbreviations.insightsComponents}${token}'
  keyVault: '${abbreviations.keyVaultVaults}${token}'
  serviceBus: '${abbreviations.serviceBusNamespaces}${token}${namespaceSuffix}'
  storage: '${abbreviations.storageStorageAccounts}${token}'
  network: '${abbreviations.networkVirtualNetworks}${token}'
  topic: notifyTopic ? '${abbreviations.eventGridTopics}${token}' : ''
}

@description('Secrets by the name of their setting. An empty one is not stored in the vault.')
var secrets = {
  // <providers: secrets>
  GEMINIGEN_WEBHOOK_TOKEN: geminigenWebhookToken
  GEMINIGEN_API_KEY: geminigenApiKey
  GEMINI_WEBHOOK_SECRET: geminiWebhookSecret
  GEMINI_WEBHOOK_TOKEN: geminiWebhookToken
  GEMINI_API_KEY: geminiApiKey
  SYNC_WEBHOOK_SECRET: syncWebhookSecret
  SYNC_API_KEY: syncApiKey
  REPLICATE_WEBHOOK_SECRET: replicateWebhookSecret
  REPLICATE_API_TOKEN: replicateApiToken
  FAL_WEBHOOK_TOKEN: falWebhookToken
  BFL_WEBHOOK_SECRET: bflWebhookSecret
  BFL_API_KEY: bflApiKey
  HEYGEN_WEBHOOK_SECRET: heygenWebhookSecret
  HEYGEN_API_KEY: heygenApiKey
  OPENROUTER_WEBHOOK_SECRET: openrouterWebhookSecret
  OPENROUTER_API_KEY: openrouterApiKey
  LEONARDO_WEBHOOK_TOKEN: leonardoWebhookToken
  LEONARDO_API_KEY: leonardoApiKey
  // </providers>
  Notify__Secret: notifySecret
}

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: '${abbreviations.resourcesResourceGroups}${environmentName}'
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  params: {
    name: names.identity
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: {
    insightsName: names.insights
    workspaceName: '${abbreviations.operationalInsightsWorkspaces}${token}'
    dailyCapGb: logDailyCapGb
    location: location
    tags: tags
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  params: {
    name: names.storage
    sku: sku
    rawEventsRetentionDays: rawEventsRetentionDays
    assetDays: {
      cool: assetsCoolAfterDays
      cold: assetsColdAfterDays
      archive: assetsArchiveAfterDays
      delete: assetsDeleteAfterDays
    }
    publicAccess: !privateNetwork
    location: location
    tags: tags
  }
}

module serviceBus 'modules/service-bus.bicep' = {
  scope: group
  params: {
    name: names.serviceBus
    premiumUnits: premiumUnits
    partitions: messagingPartitions
    zoneRedundant: zoneRedundant
    publicAccess: !privateNetwork
    location: location
    tags: tags
  }
}

module keyVault 'modules/key-vault.bicep' = {
  scope: group
  params: {
    name: names.keyVault
    secrets: secrets
    publicAccess: !privateNetwork
    location: location
    tags: tags
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  params: {
    storageName: names.storage
    serviceBusName: names.serviceBus
    keyVaultName: names.keyVault
    insightsName: names.insights
    identityName: names.identity
    topicName: names.topic
    queueOwner: readQueueLengthAsOwner
    deployerPrincipalId: principalId
    deployerPrincipalType: principalType
    deployerAccess: deployerAccess
  }
  dependsOn: [identity, storage, serviceBus, keyVault, monitoring, topic]
}

module network 'modules/network.bicep' = if (privateNetwork) {
  scope: group
  params: {
    name: names.network
    natGatewayName: '${abbreviations.networkNatGateways}${token}'
    publicIpName: '${abbreviations.networkPublicIPAddresses}${token}'
    endpointPrefix: '${abbreviations.networkPrivateEndpoints}${token}-'
    storageName: names.storage
    serviceBusName: names.serviceBus
    keyVaultName: names.keyVault
    location: location
    tags: tags
  }
  dependsOn: [storage, serviceBus, keyVault]
}

module app 'modules/function-app.bicep' = {
  scope: group
  params: {
    name: names.app
    planName: '${abbreviations.webServerFarms}${token}'
    identityName: names.identity
    insightsName: names.insights
    storageName: names.storage
    serviceBusName: names.serviceBus
    keyVaultName: names.keyVault
    providerSettings: {
      // <providers: plain settings>
      GEMINIGEN_PUBLIC_KEY: geminigenPublicKey
      GEMINI_WEBHOOK_AUDIENCE: geminiWebhookAudience
      GEMINI_WEBHOOK_ISSUERS: geminiWebhookIssuers
      SYNC_ACCEPT_PRIMARY_SIGNATURE: string(syncAcceptPrimarySignature)
      // </providers>
    }
    notifySettings: {
      Notify__Url: notifyUrl
      Notify__All: string(notifyAll)
      Notify__Unconfirmed: string(notifyUnconfirmed)
      Notify__LinkMinutes: string(notifyLinkMinutes)
      Notify__AllowPrivate: string(notifyAllowPrivate)
      Notify__Queue: string(notifyQueue)
    }
    topicEndpoint: notifyTopic ? topic!.outputs.endpoint : ''
    secrets: secrets
    maxBodyBytes: maxBodyBytes
    maxAssetBytes: maxAssetBytes
    maxDownloads: maxDownloads
    allowedHosts: allowedHosts
    restrictToAllowedHosts: restrictToAllowedHosts
    keepRowsDays: keepRowsDays
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    httpConcurrency: httpConcurrency
    alwaysReady: filter(
      [
        { name: 'http', instanceCount: alwaysReadyHttp }
        { name: 'function:RecordEvent', instanceCount: alwaysReadyRecordEvent }
        { name: 'function:DownloadAsset', instanceCount: alwaysReadyDownloadAsset }
      ],
      group => group.instanceCount > 0
    )
    updateStrategy: updateStrategy
    zoneRedundant: zoneRedundant
    networkName: privateNetwork ? names.network : ''
    location: location
    tags: tags
  }
  // The app reads its package, its keys and its secrets as soon as it starts, so its roles must exist before it.
  dependsOn: [roles, network]
}

module topic 'modules/notification-topic.bicep' = if (notifyTopic) {
  scope: group
  params: {
    name: names.topic
    endpoint: notifyTopicEndpoint
    location: location
    tags: tags
  }
}

module events 'modules/event-grid.bicep' = if (eventGridTopic) {
  scope: group
  params: {
    name: '${abbreviations.eventGridSystemTopics}${token}'
    storageName: names.storage
    endpoint: blobCreatedEndpoint
    location: location
    tags: tags
  }
  dependsOn: [storage]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  params: {
    insightsName: names.insights
    serviceBusName: names.serviceBus
    actionGroupName: '${abbreviations.insightsActionGroups}${token}'
    email: alertEmail
    actionGroupId: alertActionGroupId
    oldestEventMinutes: oldestEventAlertMinutes
    rejectedSignatures: rejectedSignaturesAlertCount
    failedNotifications: failedNotificationsAlertCount
    location: location
    tags: tags
  }
  dependsOn: [monitoring, serviceBus]
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    insightsName: names.insights
    serviceBusName: names.serviceBus
    location: location
    tags: tags
  }
  dependsOn: [monitoring, serviceBus]
}

@description('Region.')
output AZURE_LOCATION string = location

@description('Tenant.')
output AZURE_TENANT_ID string = tenant().tenantId

@description('Resource group.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the Function App.')
output AZURE_FUNCTION_NAME string = names.app

@description('Base URL of the app. The hook after provisioning prints the webhook URLs, which begin with it.')
output SERVICE_API_URL string = app.outputs.url

@description('Name of the storage account. The hook writes it to the local settings.')
output AZURE_STORAGE_ACCOUNT_NAME string = names.storage

@description('Host name of the Service Bus namespace. The hook writes it to the local settings.')
output SERVICE_BUS_NAMESPACE string = '${names.serviceBus}.servicebus.windows.net'

@description('Name of the key vault with the secrets.')
output AZURE_KEY_VAULT_NAME string = names.keyVault

@description('Access of the deployer to the data. The hook prints a note if running the app locally needs more.')
output DEPLOYER_ACCESS string = deployerAccess
