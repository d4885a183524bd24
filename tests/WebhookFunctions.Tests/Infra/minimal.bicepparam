// The parameters that azd sets on the first 'azd up': the environment, the region and the deployer.
using '../../../infra/main.bicep'

param environmentName = 'minimal'
param location = 'eastus2'
param principalId = '33333333-3333-3333-3333-333333333333'
