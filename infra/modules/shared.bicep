metadata description = 'What several modules must agree on.'

@export()
@description('Text by name: tags, application settings.')
type textByName = {
  @description('Text.')
  *: string
}

@export()
@secure()
@description('Secrets by name.')
type secretByName = {
  @description('A secret.')
  *: string
}

@export()
@description('The queues. Their names are the code\'s.')
var queues = {
  events: 'webhook-events'
  downloads: 'asset-downloads'
  notifications: 'job-notifications'
  results: 'job-results'
}

@export()
@description('The containers. The first two names are the code\'s; the package is the platform\'s.')
var containers = {
  assets: 'assets'
  rawEvents: 'raw-events'
  package: 'app-package'
}

@export()
@description('The tables. Their names are the code\'s.')
var tables = ['WebhookEvents', 'GenerationJobs', 'UnfinishedEvents']

@export()
@description('The settings whose value lies in the vault, and the name it has there: a secret\'s name takes no underscore.')
var secretNames = {
  // <providers>
  GEMINIGEN_WEBHOOK_TOKEN: 'geminigen-webhook-token'
  GEMINIGEN_API_KEY: 'geminigen-api-key'
  GEMINI_WEBHOOK_SECRET: 'gemini-webhook-secret'
  GEMINI_WEBHOOK_TOKEN: 'gemini-webhook-token'
  GEMINI_API_KEY: 'gemini-api-key'
  SYNC_WEBHOOK_SECRET: 'sync-webhook-secret'
  SYNC_API_KEY: 'sync-api-key'
  REPLICATE_WEBHOOK_SECRET: 'replicate-webhook-secret'
  REPLICATE_API_TOKEN: 'replicate-api-token'
  FAL_WEBHOOK_TOKEN: 'fal-webhook-token'
  BFL_WEBHOOK_SECRET: 'bfl-webhook-secret'
  BFL_API_KEY: 'bfl-api-key'
  HEYGEN_WEBHOOK_SECRET: 'heygen-webhook-secret'
  HEYGEN_API_KEY: 'heygen-api-key'
  OPENROUTER_WEBHOOK_SECRET: 'openrouter-webhook-secret'
  OPENROUTER_API_KEY: 'openrouter-api-key'
  LEONARDO_WEBHOOK_TOKEN: 'leonardo-webhook-token'
  LEONARDO_API_KEY: 'leonardo-api-key'
  // </providers>
  Notify__Secret: 'notify-secret'
}
