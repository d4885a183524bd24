metadata description = 'Alerts on what needs a person: lost work, late work, failing answers, forged webhooks.'

import { textByName } from 'shared.bicep'

@description('Name of the Application Insights component.')
param insightsName string

@description('Name of the Service Bus namespace.')
param serviceBusName string

@description('Name of the action group that is made for the mail address.')
param actionGroupName string

@description('Mail address; empty for none.')
param email string

@description('Resource id of another action group; empty for none.')
param actionGroupId string

@description('Minutes after which an event that is not finished is too old.')
param oldestEventMinutes int

@description('Rejected signatures within 15 minutes that are too many.')
param rejectedSignatures int

@description('Failed attempts at notifications within 15 minutes that are too many.')
param failedNotifications int

@description('Region.')
param location string

@description('Tags.')
param tags textByName

@description('Alerts that are found by a query. measure is the column that is compared with above.')
var queryAlerts = [
  {
    name: 'oldest-unfinished-event'
    title: 'An event is not finished after ${oldestEventMinutes} minutes'
    description: 'Measured from when it was received, over all that is unfinished, so that what is stuck counts too. Look at the downloads by outcome in the workbook, then at GET /api/events/{provider}?id=.'
    severity: 2
    every: 'PT15M'
    query: loadTextContent('../alerts/oldest-unfinished-event.kql')
    measure: 'AgeMinutes'
    above: oldestEventMinutes
  }
  {
    name: 'server-errors'
    title: 'Answers with a 5xx status'
    description: 'A 503 means that the queue could not be reached: the provider will send again, or will not. Any other is a defect.'
    severity: 1
    every: 'PT5M'
    query: loadTextContent('../alerts/server-errors.kql')
    measure: 'Answers'
    above: 0
  }
  {
    name: 'rejected-signatures'
    title: '${rejectedSignatures} rejected signatures within 15 minutes'
    description: 'Either somebody forges webhooks, or a secret was rotated at the provider and not here. The workbook shows which provider.'
    severity: 2
    every: 'PT15M'
    query: loadTextContent('../alerts/rejected-signatures.kql')
    measure: 'Rejected'
    above: rejectedSignatures - 1
  }
  {
    name: 'failing-notifications'
    title: '${failedNotifications} failed attempts at notifications within 15 minutes'
    description: 'A system of yours does not accept notifications of finished jobs. Each is tried for 24 hours and then becomes a dead letter. The workbook shows which target, and why.'
    severity: 2
    every: 'PT15M'
    query: loadTextContent('../alerts/failing-notifications.kql')
    measure: 'Failed'
    above: failedNotifications - 1
  }
]

@description('Who gets the alerts.')
var actionGroups = concat(empty(email) ? [] : [mail.id], empty(actionGroupId) ? [] : [actionGroupId])

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource mail 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(email)) {
  name: actionGroupName
  location: 'global'
  tags: tags
  properties: {
    enabled: true
    groupShortName: 'webhooks'
    emailReceivers: [
      {
        name: 'mail'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

// From the platform's own metric: it works when the app does not. The app's timer sends what the broker itself dead-lettered again within five
// minutes, so only a dead letter that has stayed for fifteen is one for a person.
resource deadLetters 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'dead-letters'
  location: 'global'
  tags: tags
  properties: {
    description: 'A message was dead-lettered. GET /api/dead-letters/{queue} says why; POST /api/dead-letters/{queue}/replay tries again once the cause is removed.'
    severity: 1
    enabled: true
    scopes: [namespace.id]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.MultipleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'dead-letters'
          metricNamespace: 'Microsoft.ServiceBus/namespaces'
          metricName: 'DeadletteredMessages'
          dimensions: [{ name: 'EntityName', operator: 'Include', values: ['*'] }]
          timeAggregation: 'Minimum'
          operator: 'GreaterThan'
          threshold: 0
        }
      ]
    }
    actions: [for id in actionGroups: { actionGroupId: id }]
  }
}

resource byQuery 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for alert in queryAlerts: {
    name: alert.name
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: alert.title
      description: alert.description
      severity: alert.severity
      enabled: true
      scopes: [insights.id]
      evaluationFrequency: alert.every
      windowSize: alert.every
      autoMitigate: true
      // On the first deployment there is no data yet that the query could be checked against.
      skipQueryValidation: true
      criteria: {
        allOf: [
          {
            query: alert.query
            timeAggregation: 'Maximum'
            metricMeasureColumn: alert.measure
            operator: 'GreaterThan'
            threshold: alert.above
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      actions: { actionGroups: actionGroups }
    }
  }
]
