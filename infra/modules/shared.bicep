metadata description = 'Types and names that several modules share.'

@export()
@description('Text values by name: tags, application settings.')
type textByName = {
  @description('A text value.')
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
@description('The queues. The app\'s code uses these names too.')
var queues = {
  events: 'webhook-events'
  downloads: 'asset-downloads'
  notifications: 'job-notifications'
  results: 'job-results'
}

@export()
@description('The containers. The app\'s code uses the first two names too; the platform reads the package.')
var containers = {
  assets: 'assets'
  rawEvents: 'raw-events'
  package: 'app-package'
}

@export()
@description('The tables. The app\'s code uses these names too.')
var tables = ['WebhookEvents', 'GenerationJobs', 'UnfinishedEvents']

@export()
@description('Names in the key vault of the settings that are secret. A secret\'s name cannot contain an underscore.')
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
