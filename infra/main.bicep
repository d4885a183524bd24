targetScope = 'subscription'

metadata name = 'WebhookFunctions'
metadata description = 'A Function App that receives generation webhooks, with its queues, storage, secrets, alerts and workbook.'

@minLength(1)
@maxLength(64)
@description('The azd environment: names the resource group, and with the region every resource in it.')
param environmentName string

@minLength(1)
@description('Region of every resource. It must offer Flex Consumption: az functionapp list-flexconsumption-locations.')
@metadata({ azd: { type: 'location' } })
param location string

// -- Access of the deployer -------------------------------------------------------------------------------------------

@description('Object id of the deploying person or pipeline. Set by azd; if it is empty, only the app gets roles.')
param principalId string = ''

@allowed(['User', 'ServicePrincipal', 'Group'])
@description('Kind of the principal of principalId. Set by azd: User for a person, ServicePrincipal for a pipeline.')
param principalType string = 'User'

@allowed(['none', 'read', 'work'])
@description('What the deployer may do with the data. read: see the media and the tables in Storage Explorer (shared keys are off, so without this even an Owner of the subscription sees nothing). work: run a local app against the cloud; such an app competes with the deployed one for the messages.')
param deployerAccess string = 'read'

// -- Providers: an empty value leaves that provider off, and the first deployment may have none at all -----------------

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
@description('Assets__MaxDownloads: downloads at a time in one instance, each with 20 MiB of buffers. With 512 MB of memory no more than 4.')
param maxDownloads int = 16

@description('Assets__AllowedHosts: hosts, separated by spaces, from which media may come besides those that each provider is known to use.')
param allowedHosts string = ''

@description('Assets__RestrictToAllowedHosts: lets media come from listed hosts only, also where the signature covers the link.')
param restrictToAllowedHosts bool = false

// -- The app ---------------------------------------------------------------------------------------------------------

@allowed([512, 2048, 4096])
@description('Memory of an instance in MB; processor and network grow with it. 512 costs a quarter, and needs maxDownloads at 4.')
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
@description('Upper limit of instances, and so of the bill. Standard Service Bus is spent (1,000 operations a second) long before 40 instances are.')
param maximumInstanceCount int = 40

@minValue(0)
@maxValue(1000)
@description('HTTP requests that one instance takes at a time. 0 leaves it to the platform: 4, 16 or 32 by memory.')
param httpConcurrency int = 0

@minValue(0)
@maxValue(100)
@description('Instances kept warm for the webhooks. A cold start can outlast the few seconds that Gemini waits; it sends again, Sync may not. Each costs about 21 USD a month at 2048 MB even when idle (0.000004 USD per GB-second; check the price list), and the free grant does not apply to it.')
param alwaysReadyHttp int = 0

@minValue(0)
@maxValue(100)
@description('Instances kept warm for recording events, at the same price. Rarely worth it: the queue waits.')
param alwaysReadyRecordEvent int = 0

@minValue(0)
@maxValue(100)
@description('Instances kept warm for downloads, at the same price. For links that expire within seconds.')
param alwaysReadyDownloadAsset int = 0

@allowed(['RollingUpdate', 'Recreate'])
@description('How instances are replaced when code or a setting changes. RollingUpdate drains them in batches while new ones start (in preview at Azure); two instances in alwaysReadyHttp leave no gap even on a quiet app. Recreate ends every running execution at once and answers nothing until new instances are up.')
param updateStrategy string = 'RollingUpdate'

@description('Spreads everything over the zones of the region: the plan, storage (Standard_LRS becomes Standard_ZRS) and Service Bus, which is zone redundant anyway where the region has zones. The region must offer zone redundant Flex Consumption. It keeps at least two instances warm in each always-ready group that has any.')
param zoneRedundant bool = false

// -- Storage ---------------------------------------------------------------------------------------------------------

@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
@description('Copies of the media: three in one building, in three zones, or in a second region too.')
param storageSku string = 'Standard_LRS'

@allowed([0, 30, 60, 90, 180, 365, 730])
@description('Days that raw webhooks are kept; 0 for ever. Not below 30: a message may need its body for 14 days, and its dead letter for another 14. A webhook id stays spent after its body is deleted.')
param rawEventsRetentionDays int = 90

@allowed([0, 30, 60, 90, 180, 365, 730])
@description('Storage__KeepRowsDays: days after which the app itself removes the rows and the raw body of an event that has ended; 0 for ever. Not below 30: a message lives up to 14 days, and its dead letter another 14. The hash of a webhook id stays, so that the id stays spent. The files stay: see assetsDeleteAfterDays.')
param keepRowsDays int = 0

@minValue(0)
@description('Days after which a stored file moves to the cool tier: about half the price to keep, 0.01 USD per GB to read, and at least 30 days are paid. 0 for never.')
param assetsCoolAfterDays int = 0

@minValue(0)
@description('Days after which a stored file moves to the cold tier: cheaper still, 0.03 USD per GB to read, and at least 90 days are paid. 0 for never.')
param assetsColdAfterDays int = 0

@minValue(0)
@description('Days after which a stored file moves to the archive tier, where it must be rehydrated for hours before it can be read; at least 180 days are paid. Zone redundant storage has no such tier. 0 for never.')
param assetsArchiveAfterDays int = 0

@minValue(0)
@description('Days after which a stored file is deleted; 0 for never. The rows stay and name a blob that no longer exists.')
param assetsDeleteAfterDays int = 0

// -- Notifications of finished jobs, to each target that is set -------------------------------------------------------

@description('Notify__Url: one or more https addresses, separated by spaces, to which a signed webhook is sent for each finished job. It is a plain setting, so it must not contain a key: the signature proves the sender.')
param notifyUrl string = ''

@secure()
@description('Notify__Secret: whsec_… and the base64 of 24 to 64 random bytes; several, separated by a space, during a rotation. Needed with notifyUrl.')
param notifySecret string = ''

@description('Notify__AllowPrivate: lets notifyUrl lead to a private network (RFC 1918, fc00::/7).')
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
@description('Notify__LinkMinutes: lifetime, in minutes, of the links to files in each notification; 0 for no links.')
param notifyLinkMinutes int = 0

// -- Events for other systems ----------------------------------------------------------------------------------------

@description('Creates an Event Grid system topic on the storage account, to which subscriptions for stored files (BlobCreated) can be added.')
param eventGridTopic bool = false

@secure()
@description('HTTPS endpoint that receives a CloudEvent for every file in container assets, as an example of a subscription. It must answer the validation request of CloudEvents (OPTIONS, WebHook-Allowed-Origin). Needs eventGridTopic.')
param blobCreatedEndpoint string = ''

// -- Network ---------------------------------------------------------------------------------------------------------

@description('Closes storage, Service Bus and Key Vault to the internet and reaches them by private endpoints. Private endpoints of Service Bus exist on Premium only: about 677 USD a month for a messaging unit instead of 10, and some 70 USD for endpoints, NAT gateway and address (see README.md). Choose before the first deployment: a namespace cannot change its tier, so switching makes a second one and leaves the first, with what still lies in its queues.')
param privateNetwork bool = false

@allowed([0, 1, 2, 4, 8, 16, 32, 64])
@description('Messaging units of Premium, at the price above each; 0 is Standard, which takes 1,000 operations a second. privateNetwork makes it 1 at least.')
param messagingUnits int = 0

@allowed([1, 2, 4])
@description('Message brokers that a Premium namespace is spread over; messagingUnits must be a multiple of it. Fixed when the namespace is made: another number makes another namespace.')
param messagingPartitions int = 1

@description('Makes the app Data Owner of the queues that it works on. Only if the logs say "does not have Manage claim": then the platform cannot read how many messages wait, adds instances one by one instead of by the number, and may not start an idle app while the head of a queue is all scheduled retries. Data Receiver should be enough for it (it may read the queue itself), and an owner can delete the queue.')
param readQueueLengthAsOwner bool = false

// -- Watching --------------------------------------------------------------------------------------------------------

@description('Mail address for alerts. Empty: no action group is made, and alerts are seen in the portal only.')
param alertEmail string = ''

@description('Resource id of an action group of yours, which gets the alerts besides alertEmail.')
param alertActionGroupId string = ''

@minValue(5)
@maxValue(1440)
@description('Minutes after which an event that is not finished raises an alert. Retries of a download continue for up to 24 hours, so this shows a provider in trouble too.')
param oldestEventAlertMinutes int = 60

@minValue(1)
@description('Rejected signatures within 15 minutes that raise an alert: a forger, or a secret that was rotated on one side only.')
param rejectedSignaturesAlertCount int = 20

@minValue(1)
@description('Failed attempts at notifications within 15 minutes that raise an alert: a system of yours that does not accept them.')
param failedNotificationsAlertCount int = 20

@description('Most GB of logs taken in a day, -1 for no limit. Above it the log alerts are blind until the next day; the dead-letter alert is not.')
param logDailyCapGb int = 5

// --------------------------------------------------------------------------------------------------------------------

@description('Prefixes by resource type.')
var abbreviations = loadJsonContent('abbreviations.json')

@description('Thirteen characters that are the same for the same subscription, environment and region.')
var token = toLower(uniqueString(subscription().id, environmentName, location))

@description('azd finds the resources of an environment by this tag.')
var tags = { 'azd-env-name': environmentName }

@description('Messaging units; 0 is Standard.')
var premiumUnits = privateNetwork ? max(messagingUnits, messagingPartitions) : messagingUnits

@description('End of the namespace\'s name: a tier and a number of partitions cannot be changed, and a name cannot be used twice.')
var namespaceSuffix = premiumUnits == 0 ? '' : messagingPartitions == 1 ? '-premium' : '-premium${messagingPartitions}'

@description('Copies of the media: at least one in each zone where everything is spread over the zones.')
var sku = !zoneRedundant
  ? storageSku
  : storageSku == 'Standard_LRS' ? 'Standard_ZRS' : storageSku == 'Standard_GRS' ? 'Standard_GZRS' : storageSku

@description('Names that several modules need. They are settled here so that no module has to wait for another to learn them.')
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

@description('Secrets by the name of their setting. The empty ones are left out of the vault.')
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
  // The app reads its package, its keys and its secrets as soon as it starts: its roles have to be there.
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

@description('Where the app answers. The hook after provisioning prints the webhook URLs from it.')
output SERVICE_API_URL string = app.outputs.url

@description('Storage account: for the local settings that the hook writes.')
output AZURE_STORAGE_ACCOUNT_NAME string = names.storage

@description('Host name of the Service Bus namespace: likewise.')
output SERVICE_BUS_NAMESPACE string = '${names.serviceBus}.servicebus.windows.net'

@description('Key vault of the providers\' secrets.')
output AZURE_KEY_VAULT_NAME string = names.keyVault

@description('What the deployer may do: the hook says so where local work needs more.')
output DEPLOYER_ACCESS string = deployerAccess
