package school.lectern.auth.spring.test;

import java.io.InputStream;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.context.ApplicationContext;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.core.context.SecurityContextHolderStrategy;
import org.springframework.util.function.SingletonSupplier;
import school.lectern.auth.LecternAuth;
import school.lectern.auth.decision.Requirement;
import school.lectern.auth.format.CredentialHeader;
import school.lectern.auth.http.Exchange;
import school.lectern.auth.http.HttpCall;
import school.lectern.auth.http.HttpGuard;
import school.lectern.auth.http.HttpGuard.Refused;
import school.lectern.auth.http.HttpGuard.Result;
import school.lectern.auth.http.RouteRules;
import school.lectern.auth.http.TokenPrincipal;
import school.lectern.auth.spring.security.AuthorityPrefix;
import school.lectern.auth.spring.security.LecternAuthenticationToken;

/** The security context of the thread of a test method. Only this class needs Spring Security. */
final class ThreadAuthentication {

    private final SecurityContextHolderStrategy holder;
    private final Supplier<SecurityContext> context;

    private ThreadAuthentication(SecurityContextHolderStrategy holder, Supplier<SecurityContext> context) {
        this.holder = holder;
        this.context = context;
    }

    /** Returns the context of a token, which is evaluated when the context is first read. */
    static ThreadAuthentication of(ApplicationContext application, LecternAuth auth, List<CredentialHeader> headers) {
        SecurityContextHolderStrategy holder = application
                .getBeanProvider(SecurityContextHolderStrategy.class)
                .getIfUnique(SecurityContextHolder::getContextHolderStrategy);
        String prefix = AuthorityPrefix.of(application.getEnvironment());
        return new ThreadAuthentication(holder, SingletonSupplier.of(() -> {
            SecurityContext context = holder.createEmptyContext();
            context.setAuthentication(new LecternAuthenticationToken(evaluate(auth, headers), prefix));
            return context;
        }));
    }

    void begin() {
        holder.setDeferredContext(context);
    }

    void end() {
        holder.clearContext();
    }

    /**
     * Clears the context while the thread runs a request, as in production, where each request is authenticated by itself.
     *
     * @return restores the context, which Spring Security clears at the end of a request
     */
    Runnable suspend() {
        Supplier<SecurityContext> suspended = holder.getDeferredContext();
        holder.clearContext();
        return () -> holder.setDeferredContext(suspended);
    }

    private static TokenPrincipal evaluate(LecternAuth auth, List<CredentialHeader> headers) {
        RouteRules anyToken =
                RouteRules.builder().guard("*", "/**", Requirement.anyToken()).build();
        HttpGuard guard = new HttpGuard(auth, anyToken);
        Exchange exchange = Exchange.begin(auth);
        Result result = guard.decide(exchange, new CallOfTest(headers));
        if (result instanceof Refused refused) {
            String code =
                    refused.answer().error().map(error -> error.kind().name()).orElse("");
            throw new IllegalStateException("the token of @WithLecternToken was denied: " + code);
        }
        // The audit row of the call is then complete.
        exchange.complete(200);
        return guard.principal(exchange).orElseThrow();
    }

    /** A request with the token alone. */
    private record CallOfTest(List<CredentialHeader> credential) implements HttpCall {

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String rawPath() {
            return "/";
        }

        @Override
        public @Nullable String rawQuery() {
            return null;
        }

        @Override
        public String path() {
            return "/";
        }

        @Override
        public String peer() {
            return "127.0.0.1";
        }

        @Override
        public boolean isSecure() {
            return true;
        }

        @Override
        public List<String> headers(String name) {
            return credential.stream()
                    .filter(header -> header.name().equalsIgnoreCase(name))
                    .map(header -> header.value().expose())
                    .toList();
        }

        @Override
        public InputStream body() {
            return InputStream.nullInputStream();
        }

        /** Contains a secret. */
        @Override
        public String toString() {
            return "CallOfTest";
        }
    }
}
