// Every switch the other way.
using '../../../infra/main.bicep'

param environmentName = 'everything'
param location = 'eastus2'
param principalId = '33333333-3333-3333-3333-333333333333'
param principalType = 'ServicePrincipal'
param deployerAccess = 'work'
param geminigenPublicKey = '-----BEGIN PUBLIC KEY-----'
param geminigenApiKey = 'plain-text-of-geminigen-api-key'
param geminiWebhookSecret = 'plain-text-of-gemini-webhook-secret'
param geminiWebhookAudience = 'https://example.com'
param geminiWebhookIssuers = 'https://accounts.example.com'
param geminiApiKey = 'plain-text-of-gemini-api-key'
param syncWebhookSecret = 'plain-text-of-sync-webhook-secret'
param syncAcceptPrimarySignature = true
param syncApiKey = 'plain-text-of-sync-api-key'
param replicateWebhookSecret = 'plain-text-of-replicate-webhook-secret'
param maxBodyBytes = 2000000
param maxAssetBytes = 1000000000
param allowedHosts = 'media.example.com'
param restrictToAllowedHosts = true
param instanceMemoryMB = 4096
param maximumInstanceCount = 100
param httpConcurrency = 64
param alwaysReadyHttp = 2
param alwaysReadyRecordEvent = 1
param alwaysReadyDownloadAsset = 1
param storageSku = 'Standard_ZRS'
param rawEventsRetentionDays = 30
param privateNetwork = true
param messagingUnits = 2
param readQueueLengthAsOwner = true
param alertEmail = 'someone@example.com'
param alertActionGroupId = '/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/ops/providers/Microsoft.Insights/actionGroups/on-call'
param oldestEventAlertMinutes = 30
param rejectedSignaturesAlertCount = 5
param logDailyCapGb = -1
