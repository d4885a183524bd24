metadata description = 'The workbook of workbook.json, with the ids of the resources that it queries.'

import { textByName } from 'shared.bicep'

@description('Name of the Application Insights component.')
param insightsName string

@description('Name of the Service Bus namespace.')
param serviceBusName string

@description('Region.')
param location string

@description('Tags.')
param tags textByName

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource namespace 'Microsoft.ServiceBus/namespaces@2024-01-01' existing = {
  name: serviceBusName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  // The name of a workbook must be a GUID.
  name: guid(insights.id, 'webhooks')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Webhooks'
    category: 'workbook'
    sourceId: insights.id
    serializedData: replace(
      replace(loadTextContent('../workbook.json'), '__INSIGHTS_ID__', insights.id),
      '__SERVICE_BUS_ID__',
      namespace.id
    )
  }
}
