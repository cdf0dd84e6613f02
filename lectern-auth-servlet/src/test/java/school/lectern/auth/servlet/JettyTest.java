package school.lectern.auth.servlet;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jakarta.servlet.DispatcherType;
import jakarta.websocket.server.ServerEndpointConfig;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.ee10.websocket.jakarta.server.config.JakartaWebSocketServletContainerInitializer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import school.lectern.auth.http.RouteRules;

/** All behaviors in Jetty. */
class JettyTest {

    @Nested
    class Wire extends WireBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Providers extends ProviderBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Credentials extends CredentialBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Carriers extends CarrierBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Answers extends FilterBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Coexistence extends CoexistenceBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Paths extends PathBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Dispatches extends DispatchBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Addresses extends AddressBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Transports extends TransportBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementRequests extends ManagementRequestBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementLists extends ManagementListBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Management extends ManagementBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class UnknownTenants extends UnknownTenantBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Grants extends GrantBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ManagementForms extends ManagementFormBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class AuditExports extends AuditExportBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Dialects extends DialectBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ErrorBodies extends ErrorBodyBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Leaks extends LeakBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Chains extends ChainBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class ErrorPages extends ErrorPageBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Operations extends OperationBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Mappings extends MappingBehaviour {
        @Override
        Container.Extension webSocket(String path) {
            return context -> {
                ServletContextHandler handler = ServletContextHandler.getServletContextHandler(context);
                JakartaWebSocketServletContainerInitializer.initialize(handler)
                        .addEndpoint(ServerEndpointConfig.Builder.create(Echo.class, path)
                                .build());
            };
        }

        @Override
        boolean upgradesFirst() {
            return true;
        }

        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    @Nested
    class Spring extends SpringBehaviour {
        @Override
        Container container() {
            return new JettyContainer();
        }
    }

    /** As a WAR is deployed, or as Spring Boot starts Jetty: the context has a different class from a plain one. */
    @Nested
    class WebApplications extends Behaviour {
        @TempDir
        Path folder;

        @Override
        Container container() {
            return new JettyContainer(() -> {
                WebAppContext context = new WebAppContext();
                context.setBaseResourceAsPath(folder);
                context.setThrowUnavailableOnStartupException(true);
                // Tomcat's initializers are on the class path, too.
                context.setAttribute("org.eclipse.jetty.containerInitializerExclusionPattern", ".*");
                return context;
            });
        }

        @Test
        void mapping_is_checked() {
            RouteRules rules = RouteRules.builder().permitAll("GET", "/open").build();
            assertThatThrownBy(() -> start(
                            List.of(new LecternAuthFilter(auth, rules)),
                            application -> application.dispatching(EnumSet.of(DispatcherType.REQUEST))))
                    .hasStackTraceContaining("is not mapped for the dispatches");
        }
    }
}
