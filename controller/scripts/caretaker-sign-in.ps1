<#
.SYNOPSIS
Tells Caretaker who signs in at this Windows computer and when they sign off.

.DESCRIPTION
Run once on each computer as an administrator, for instance by group policy (computer start-up script):

    caretaker-sign-in.ps1 -Install -Url https://caretaker.school.example -Token ct_...

It copies itself to %ProgramData%\Caretaker and makes two scheduled tasks that run as SYSTEM when somebody logs on or off.
The token is kept there in a file that SYSTEM and administrators alone may read: a pupil who could read it could sign in
as a teacher. Give it the one right it needs:

    POST /api/v1/tokens {"name": "Windows sign-ins", "account": "windows-sign-ins", "scopes": ["sign-ins:write"]}

A user's name is the id of a person in Caretaker, or with -YearGroups the shared login of a year group:

    -YearGroups @{ "year5" = "year-5"; "year6" = "year-6" }
#>
[CmdletBinding(DefaultParameterSetName = "Tell")]
param(
    [Parameter(ParameterSetName = "Install", Mandatory)] [switch] $Install,
    [Parameter(ParameterSetName = "Install", Mandatory)] [ValidatePattern("^https://")] [string] $Url,
    [Parameter(ParameterSetName = "Install", Mandatory)] [ValidatePattern("^ct_")] [string] $Token,
    [Parameter(ParameterSetName = "Install")] [hashtable] $YearGroups = @{},
    [Parameter(ParameterSetName = "Remove", Mandatory)] [switch] $Remove,
    [Parameter(ParameterSetName = "Tell", Mandatory)] [ValidateSet("LogOn", "LogOff")] [string] $Tell
)
Set-StrictMode -Version Latest
$ErrorActionPreference = "Stop"
$Folder = Join-Path $env:ProgramData "Caretaker"
$Settings = Join-Path $Folder "settings.json"
$Open = Join-Path $Folder "open.json"
$Here = Join-Path $Folder "caretaker-sign-in.ps1"

function Install-Tasks {
    New-Item -ItemType Directory -Force -Path $Folder | Out-Null
    # By their well-known ids: SYSTEM and administrators have other names in other languages. Before the token is written.
    & icacls.exe $Folder /inheritance:r /grant "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" | Out-Null
    if ($LASTEXITCODE -ne 0) { throw "The folder $Folder could not be closed to others; nothing was installed." }
    Copy-Item -Force -Path $PSCommandPath -Destination $Here
    @{ url = $Url.TrimEnd("/"); token = $Token; year_groups = $YearGroups } | ConvertTo-Json | Set-Content -Encoding UTF8 $Settings
    Register-Task "Caretaker log on" "LogOn" (New-ScheduledTaskTrigger -AtLogOn)
    Register-Task "Caretaker log off" "LogOff" (New-LogOffTrigger)
}

function New-LogOffTrigger {
    $class = Get-CimClass -Namespace "Root/Microsoft/Windows/TaskScheduler" -ClassName "MSFT_TaskEventTrigger"
    $trigger = New-CimInstance -CimClass $class -ClientOnly
    $log = "Microsoft-Windows-User Profile Service/Operational"
    $trigger.Subscription = "<QueryList><Query Id='0' Path='$log'><Select Path='$log'>*[System[EventID=4]]</Select></Query></QueryList>"
    $trigger.Enabled = $true
    return $trigger
}

function Register-Task([string] $Name, [string] $What, $Trigger) {
    $command = "-NoProfile -NonInteractive -ExecutionPolicy Bypass -File `"$Here`" -Tell $What"
    $action = New-ScheduledTaskAction -Execute "powershell.exe" -Argument $command
    $principal = New-ScheduledTaskPrincipal -UserId "S-1-5-18" -RunLevel Highest
    $limits = New-ScheduledTaskSettingsSet -AllowStartIfOnBatteries -DontStopIfGoingOnBatteries -ExecutionTimeLimit "00:02:00"
    Register-ScheduledTask -Force -TaskName $Name -Action $action -Trigger $Trigger -Principal $principal -Settings $limits | Out-Null
}

function Get-SignIn([string] $Moment) {
    $name = (Get-CimInstance Win32_ComputerSystem).UserName
    if (-not $name) { return $null }
    $user = $name.Split("\")[-1].ToLowerInvariant()
    $adapter = Get-NetAdapter -Physical | Where-Object Status -EQ "Up" | Sort-Object InterfaceMetric | Select-Object -First 1
    if (-not $adapter) { return $null }
    $said = @{ mac = $adapter.MacAddress.Replace("-", ":").ToLowerInvariant(); began_at = $Moment; source = "windows" }
    $group = $Known.year_groups.PSObject.Properties[$user]
    if ($group) { $said.year_group = $group.Value } else { $said.person = $user }
    return $said
}

function Send-SignIn([hashtable] $SignIn) {
    [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
    $body = @{ sign_ins = @($SignIn) } | ConvertTo-Json -Depth 4
    $headers = @{ Authorization = "Bearer $($Known.token)" }
    foreach ($try in 1..5) {
        try {
            Invoke-RestMethod -Method Post -Uri "$($Known.url)/api/v1/sign-ins" -Headers $headers -ContentType "application/json" -Body $body -TimeoutSec 10 | Out-Null
            return
        } catch {
            # The network may still be coming up. What was said wrongly is not said again.
            $status = if ($_.Exception.PSObject.Properties["Response"] -and $_.Exception.Response) { [int] $_.Exception.Response.StatusCode } else { 0 }
            if ($status -ge 400 -and $status -lt 500) { throw }
            Start-Sleep -Seconds (3 * $try)
        }
    }
    throw "Caretaker at $($Known.url) does not answer."
}

if ($Install) { Install-Tasks; return }
if ($Remove) {
    Unregister-ScheduledTask -TaskName "Caretaker log on", "Caretaker log off" -Confirm:$false -ErrorAction SilentlyContinue
    Remove-Item -Recurse -Force -Path $Folder -ErrorAction SilentlyContinue
    return
}
$Known = Get-Content -Raw -Encoding UTF8 $Settings | ConvertFrom-Json
$now = [DateTime]::UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", [Globalization.CultureInfo]::InvariantCulture)
if ($Tell -eq "LogOn") {
    $signIn = Get-SignIn $now
    if ($signIn) {
        $signIn | ConvertTo-Json | Set-Content -Encoding UTF8 $Open
        Send-SignIn $signIn
    }
} elseif (Test-Path $Open) {
    # The very sign-in that was told, with its end.
    $signIn = @{}
    (Get-Content -Raw -Encoding UTF8 $Open | ConvertFrom-Json).PSObject.Properties | ForEach-Object { $signIn[$_.Name] = $_.Value }
    if ($signIn.began_at -is [DateTime]) { $signIn.began_at = $signIn.began_at.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", [Globalization.CultureInfo]::InvariantCulture) }
    $signIn.ended_at = $now
    Remove-Item -Force $Open
    Send-SignIn $signIn
}
