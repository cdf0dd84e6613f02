package school.lectern.auth.quickstart;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import school.lectern.auth.Actor;
import school.lectern.auth.ImportedToken;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.Outcome;
import school.lectern.auth.TokenImport;
import school.lectern.auth.TokenSettings;
import school.lectern.auth.format.TokenEnvironment;
import school.lectern.auth.jdbc.JdbcStorage;
import school.lectern.auth.preset.Lectern;
import school.lectern.auth.scope.ScopeSet;
import school.lectern.auth.token.HashAlgorithm;
import school.lectern.auth.token.StoredToken;
import school.lectern.auth.token.TokenHash;
import school.lectern.auth.token.TokenHasher;

/** The lines of Java of docs/importing.md. {@link ImportGuideTest} holds the two together, and follows them. */
final class ImportExamples {

    private ImportExamples() {}

    static LecternAuth judge(JdbcStorage storage) {
        TokenHasher hasher = TokenHasher.builder()
                .accept(HashAlgorithm.BCRYPT)
                .accept(HashAlgorithm.SHA512)
                .build();
        LecternAuth auth = LecternAuth.builder(Lectern.DIALECT, storage.tokens())
                .hasher(hasher)
                .build();
        return auth;
    }

    static TokenImport read(ResultSet row) throws SQLException {
        ImportedToken imported = new ImportedToken(
                row.getString("account"),
                TokenEnvironment.LIVE,
                TokenHash.bcrypt(row.getString("token_hash")),
                row.getString("beginning"),
                row.getTimestamp("created").toInstant().truncatedTo(ChronoUnit.MILLIS));
        TokenSettings settings =
                new TokenSettings().name(row.getString("label")).scopes(ScopeSet.parse(row.getString("scopes")));
        return new TokenImport(imported, settings);
    }

    static void importAll(ResultSet row, LecternAuth auth, List<String> done, List<String> refused)
            throws SQLException {
        List<TokenImport> portion = new ArrayList<>();
        while (row.next()) {
            portion.add(read(row));
            if (portion.size() == 1_000) {
                importPortion(portion, auth, done, refused);
                portion.clear();
            }
        }
        importPortion(portion, auth, done, refused);
    }

    static void importPortion(List<TokenImport> portion, LecternAuth auth, List<String> done, List<String> refused) {
        List<Outcome<StoredToken>> outcomes = auth.issuer().importTokens(portion, Actor.application());
        for (int i = 0; i < outcomes.size(); i++) {
            String beginning = portion.get(i).token().visible();
            outcomes.get(i)
                    .fold(stored -> done.add(stored.id()), error -> refused.add(beginning + ": " + error.kind()));
        }
    }

    static TokenHasher accepting(byte[] first, byte[] second) {
        TokenHasher accepting = TokenHasher.builder()
                .pepper(1, first)
                .pepper(2, second)
                .currentPepper(1)
                .build();
        return accepting;
    }

    static TokenHasher changing(byte[] first, byte[] second) {
        TokenHasher changing = TokenHasher.builder()
                .pepper(1, first)
                .pepper(2, second)
                .currentPepper(2)
                .build();
        return changing;
    }

    static TokenHasher changed(byte[] second) {
        TokenHasher changed =
                TokenHasher.builder().pepper(2, second).currentPepper(2).build();
        return changed;
    }
}
