@echo off
rem Runs the command; builds it first, if its sources changed since the last build.
setlocal
set "root=%~dp0"
set "out=%root%artifacts\launcher"
if not exist "%out%" mkdir "%out%"

call :stale
if not errorlevel 1 goto run
where dotnet >nul 2>nul
if errorlevel 1 (
  echo moescale: the .NET 10 SDK is needed, and 'dotnet' is not on the PATH. See https://dotnet.microsoft.com/download. 1>&2
  exit /b 2
)

:lock
rem The redirection to handle 9 holds the file: a second call cannot open it and waits. Handle 8 keeps standard error.
8>&2 2>nul ( 9>"%out%\lock" ( 2>&8 call :build & call set "built=%%errorlevel%%" ) ) || ( ping -n 2 127.0.0.1 >nul & goto lock )
if not "%built%"=="0" exit /b 2

:run
set /p build=<"%out%\current"
dotnet "%out%\%build%\moescale.dll" %*
exit /b %errorlevel%

:stale
rem Exit code 1 if there is no build, or a source is newer than it.
if not exist "%out%\current" exit /b 1
set /p build=<"%out%\current"
if not exist "%out%\%build%\moescale.dll" exit /b 1
powershell -NoProfile -Command "$s=(Get-Item '%out%\current').LastWriteTimeUtc; $new=Get-ChildItem '%root%src','%root%catalog','%root%Directory.Build.props','%root%Directory.Packages.props','%root%global.json' -Recurse | Where-Object { $_.LastWriteTimeUtc -gt $s } | Select-Object -First 1; exit [int]($null -ne $new)"
exit /b %errorlevel%

:build
call :stale
if not errorlevel 1 exit /b 0
echo moescale: building (once, about half a minute) ... 1>&2
set "new=build-%random%%random%"
>"%out%\next" echo %new%
dotnet publish "%root%src\MoeScale.Cli" --configuration Release --use-current-runtime --no-self-contained --artifacts-path "%out%" -p:PublishReadyToRun=true -o "%out%\%new%" --nologo -v quiet -nodeReuse:false -p:UseSharedCompilation=false -p:RunAnalyzers=false > "%out%\build.log" 2>&1
if errorlevel 1 (
  type "%out%\build.log" 1>&2
  echo moescale: the build failed; the log above says why. 1>&2
  exit /b 1
)
move /y "%out%\next" "%out%\current" >nul
exit /b 0
