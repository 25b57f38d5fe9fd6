#!/usr/bin/env bash
# Does what a newcomer does with the packages: a new console program with README's example, then the asft tool. Prints the time of each
# step and the size of the program's folder. All of it lies in artifacts/newcomer.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$root/artifacts/newcomer
rm -rf "$work"
mkdir -p "$work/app"

step() { # what, then the command; its output is shown where it fails
  local what=$1 started=$SECONDS; shift
  if ! "$@" > "$work/log" 2>&1; then cat "$work/log"; echo "newcomer: $what failed"; exit 1; fi
  echo "newcomer: $what, $((SECONDS - started)) s"
}

# A version of its own, because the package cache keeps what it once had.
version=0.1.0-newcomer.$(date +%s)
cache=$(dotnet nuget locals global-packages --list | sed 's/^[^:]*: *//')
trap 'rm -rf "$cache"/microsoft.ml.asft*/"$version"' EXIT
Version=$version step "packages" "$root/eng/pack.sh" "$work/feed"

# Outside the repository's own build settings.
cd "$work/app"
for file in Directory.Build.props Directory.Build.targets Directory.Packages.props; do echo '<Project />' > "../$file"; done
cat > nuget.config <<XML
<configuration><packageSources><add key="newcomer" value="$work/feed" /></packageSources></configuration>
XML

step "dotnet new console" dotnet new console --force
step "dotnet add package Microsoft.ML.Asft" dotnet add package Microsoft.ML.Asft --version "$version"
step "dotnet add package libtorch" $(sed -n 's/^\(dotnet add package libtorch[^#]*\)#.*/\1/p' "$root/README.md")

# README's example on the small base model and 40 rows; a second process loads what it saved.
head -n 40 "$root/samples/assets/finetune.jsonl" > train.jsonl
example() { sed -n '/^```csharp$/,/^```$/p' "$root/README.md" | sed '/^```/d' | sed "s|models/Qwen2.5-0.5B|$root/samples/assets/base-model|"; }
example > Program.cs
step "dotnet build" dotnet build -c Release -nologo
step "README's example" dotnet run -c Release --no-build
cat "$work/log"
cat > Program.cs <<'CS'
using Microsoft.ML;
using Microsoft.ML.Asft;

var model = (AsftTransformer)new MLContext().Model.Load("tutor.zip", out _);
Console.WriteLine(model.Complete("What is the capital of France?").Text);
CS
cp "$work/log" "$work/first"
step "the saved model in a second process" dotnet run -c Release
diff <(tail -n 1 "$work/first") <(tail -n 1 "$work/log") || { echo "newcomer: the loaded model completes another text"; exit 1; }
echo "newcomer: bin/Release is $(du -sm bin/Release | cut -f1) MB, bin/Release/net10.0/runtimes $(du -sm bin/Release/net10.0/runtimes | cut -f1) MB of it"

step "dotnet tool install" dotnet tool install Microsoft.ML.Asft.Cli --version "$version" --tool-path "$work/tools" --configfile nuget.config
step "asft train, two steps" "$work/tools/asft" train --model "$root/samples/assets/base-model" --data train.jsonl --output "$work/tutor" --max-steps 2
ls "$work/tutor"
