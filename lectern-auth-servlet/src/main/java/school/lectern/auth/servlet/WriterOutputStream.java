package school.lectern.auth.servlet;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Writes bytes of UTF-8 to the writer of a response. It is used if an outer filter has already called {@code getWriter}, after
 * which a response does not return its stream. Not thread-safe.
 */
final class WriterOutputStream extends OutputStream {

    private final Writer writer;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPLACE);

    /** The first bytes of a character whose last bytes have not been written yet. */
    private final ByteBuffer bytes = ByteBuffer.allocate(1024);

    private final CharBuffer chars = CharBuffer.allocate(1024);

    private final CharsetEncoder encoder;

    /** @param charset the charset of the writer */
    WriterOutputStream(Writer writer, Charset charset) {
        this.writer = writer;
        this.encoder = charset.newEncoder();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        int from = offset;
        int end = offset + length;
        while (from < end) {
            int size = Math.min(end - from, bytes.remaining());
            bytes.put(source, from, size);
            from += size;
            bytes.flip();
            // The buffer has room for as many characters as the source has bytes.
            decoder.decode(bytes, chars, false);
            bytes.compact();
            chars.flip();
            if (!encoder.canEncode(chars)) {
                throw new IOException("a filter has called getWriter, and the writer's charset " + encoder.charset()
                        + " cannot encode this text: set the filter's charset to UTF-8");
            }
            writer.append(chars);
            chars.clear();
        }
    }

    @Override
    public void flush() throws IOException {
        writer.flush();
    }
}
