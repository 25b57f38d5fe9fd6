using Microsoft.ML.Asft.Native;

namespace Microsoft.ML.Asft.Tests.Native;

public class NewerStandardLibraryTests
{
    [LinuxFact]
    public void Eight_bytes_of_TorchSharps_library_change_at_most()
    {
        byte[] original = File.ReadAllBytes(LibTorchSharp.Path);
        byte[] patched = NewerStandardLibrary.Remove([.. original]);

        int[] changed = [.. Enumerable.Range(0, original.Length).Where(i => original[i] != patched[i])];
        Assert.InRange(changed.Length, 3, 8);   // a name's offset, a version's index and a flag
    }

    [LinuxFact]
    public void What_is_patched_already_is_refused()
    {
        byte[] patched = NewerStandardLibrary.Remove(File.ReadAllBytes(LibTorchSharp.Path));

        // No symbol asks for the version any more.
        Assert.Contains("does not import", Assert.Throws<BadImageFormatException>(() => NewerStandardLibrary.Remove(patched)).Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("#!/bin/sh")]
    [InlineData("\u007fELF\u0001\u0001 a library of 32 bits, and some bytes more")]
    public void What_is_no_64_bit_library_is_refused(string content) =>
        Assert.Throws<BadImageFormatException>(() => NewerStandardLibrary.Remove(System.Text.Encoding.Latin1.GetBytes(content)));

    [LinuxFact]
    public void Broken_tables_are_refused()
    {
        byte[] original = File.ReadAllBytes(LibTorchSharp.Path);
        var random = new Random(1);
        int headers = (int)BitConverter.ToInt64(original, 0x28);
        int refused = 0;
        for (int round = 0; round < 300; round++)
        {
            // Where the tables are found from: the file's header and the section headers.
            byte[] broken = round % 2 == 0 ? original[..random.Next(original.Length)] : [.. original];
            for (int i = 0; i < 8 && broken.Length > 0x40; i++)
            {
                int at = random.Next(2) == 0 ? random.Next(0x40) : headers + random.Next(original.Length - headers);
                if (at < broken.Length)
                {
                    broken[at] = (byte)random.Next(256);
                }
            }

            try
            {
                NewerStandardLibrary.Remove(broken);
            }
            catch (BadImageFormatException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 150, 300);
    }
}
